#[test]
fn raft_joint_one_majority_leader_completeness_668() {
    stays_broken(
        "leader-completeness",
        "1.hdJdasMwDADgu_g5A8t_sXuVMYpsy11GF2duWhild5-8QTtGYMmTrU-KiHQV7TyL3VUsra411aPYiYZlFYOI9IqXqZ6b2MEgLtgmnFcOv9Vp\
         Xp_qTE_v-FbbtH4yTnUu06EXqi1TO-0Xau_T8UicYKRk0ejjTKd1f8Blfz7xNcj-cORE7cIpfKX7acU5x08-KXHrQcpi55wfBOVpZfV8FdwGjD\
         17ELn2j-ZWF86gEg2EksCOKoOM4nYbvrVSG3pEpWxJKmDCEEA-9Fbt4FJUpsiSvTG6pIcOG7pw28UV55ST2Tu4a603tFcgtTOFwHlP-EubDY0I\
         3tjEhZ2No8a7_sZ_tXHK2-xjUTRmsu6hYUPHKLMtBkAWoBge_8S6rb699IacDn6Umoy9a1BbHEcLNpOJKSPIX638DPMvl-QCmAyo-B2z_ocnop\
         hjzFC04RkF5i99gVZa-kgd8-nAG9gnn5JB3qkxoI7WGHH7Ag",
    );
}
