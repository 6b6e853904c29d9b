#[test]
fn raft_snapshot_forgets_sessions_exactly_once_7() {
    stays_broken(
        "exactly-once",
        "1.dZDRboQgEEX_ZZ7dRNSF1V9pGjPCqKQuGEDTxPDvHdImuy_lidx7zx2YC8LhYLhgDz557TcYIOCcoIKJVjytPwIMooITg0WX2I4O97j6dJt9\
         WCjFW6QYrXeRGe3dbJfSpzdLLkXOC9ZNsHMa9_05PvG7aEr0ivWIJ41HSbV3Ifui_LWPTAdLxeogs05kYFAVkLGl9uMCfoxo2poPD_BlqDn2zW\
         pMxFQtOzS1ItF0U6PoDjlXv0z7L_OYtBSiFXesJ6G1eTEP-c7ogHEtF-cNc20FX0Q7DBxIPvA-Z9wi5Ret3ulAMWFgvc35s3wtFbaTkgN2YbMs\
         6NEbVcu-703T1A1C_gE",
    );
}
