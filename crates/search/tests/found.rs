//! Runs that a search found. Where a sound protocol broke a promise, what was wrong is mended, in the protocol or in how the promise
//! was judged, and the run stays whole; where it was broken on purpose, the run stays broken. `synod search` writes such a test beside
//! every find.

use protocol::{PropertyKind, Verdict};
use search::found::as_test;
use sim::{Link, Trial, decode_link};

/// The run of a link, the place of the property, and how many steps there were when its last action was done.
fn opened(property: &str, text: &str) -> (Box<dyn Trial>, Link, usize, u64) {
    let link = decode_link(text).unwrap();
    let mut trial = catalog::trial(&link.run, 0).unwrap();
    let properties = trial.about().properties;
    let place = properties.iter().position(|one| one.id == property);
    let last_us = link.run.edits.iter().map(|edit| edit.at_us).max();
    trial.run_to(last_us.unwrap_or(0) + 1, link.step, false);
    let calm = trial.steps();
    assert!(calm > 10 || last_us.is_none(), "it is played");
    (trial, link, place.expect("a property of it"), calm)
}

/// Whether it must come about, and has not since the step `calm`.
fn is_owed(trial: &dyn Trial, place: usize, calm: u64) -> bool {
    let eventual = trial.about().properties[place].kind == PropertyKind::Eventually;
    let since = trial.since()[place];
    eventual && *trial.verdicts()[place] == Verdict::Open && since.is_none_or(|step| step <= calm)
}

/// The run of the link, and a while after it, does not break the promise any more.
fn stays_whole(property: &str, text: &str) {
    let (mut trial, link, place, calm) = opened(property, text);
    while trial.steps() < link.step + 1_000 {
        let stretch = trial.run_to(u64::MAX, 1_000, false);
        let verdict = trial.verdicts()[place];
        assert!(
            !matches!(verdict, Verdict::Violated(_)),
            "{property}: {verdict:?}"
        );
        if stretch.steps == 0 {
            break;
        }
    }
    assert!(!is_owed(trial.as_ref(), place, calm), "{property}");
}

/// The run of the link breaks the promise at the step of the link, and not before.
fn stays_broken(property: &str, text: &str) {
    let (mut trial, link, place, calm) = opened(property, text);
    while trial.steps() < link.step {
        let verdict = trial.verdicts()[place];
        assert!(!matches!(verdict, Verdict::Violated(_)), "too early");
        let stretch = trial.run_to(u64::MAX, 1, false);
        assert!(stretch.steps > 0, "it is played");
    }
    let is_violated = matches!(trial.verdicts()[place], Verdict::Violated(_));
    assert!(
        is_violated || is_owed(trial.as_ref(), place, calm),
        "{property} holds"
    );
}

/// What is written beside a find is a test that stands here: so it is known to compile, and to hold.
#[test]
fn finds_are_written_as_they_stand_here() {
    let source = include_str!("found.rs");
    let mut written = 0;
    for claim in ["stays_whole", "stays_broken"] {
        let called = format!("    {claim}(\n");
        for call in source.split(&called).skip(1) {
            let mut texts = call.split('"').skip(1).step_by(2);
            let (property, link) = (texts.next().unwrap(), texts.next().unwrap());
            let link: String = link.split("\\\n").map(str::trim).collect();
            let test = as_test(property, &decode_link(&link).unwrap());
            assert!(source.contains(&test), "should be\n{test}");
            written += 1;
        }
    }
    assert!(written >= 5, "{written}");
}

// A master that lost its last checkpoint holds an older job for the last one; its files are gone by then.
#[test]
fn map_reduce_equals_sequential_1361() {
    stays_whole(
        "equals-sequential",
        "1.hVLtbsMgDHwX_2YSJJA0vEpVTTQ4TbQ0RHz0T8S7z1RdtUrNhpCw7LvDPtjApwX0Bqt30fVuBg1Xs354tKlHYHDG0dwmlzxowaB3yzBdCj6Y\
         G36mQPBKdaKCzCAgWkLVDQHRTpGKxw0ipRQvi4F1hdqnWI7Buysh-IlBpPxRUXB2cQQdfcKcM7uTK_5K9iaMJVicRdCKwRfiCpoXFU-jDGYOu2\
         yPIRpPefUE_O4NRjQzPCr1QSpei_ddC1Yx9dM5Z_J971LsiUsp9y0Rd72HdPWUfp1MqnpPu5F_OMb_cUztOMZzPpVHjoXbHFoCTBcq0uXd0FZ1\
         13aW0xaSPsM3",
    );
}

// A restarted client numbers its requests anew.
#[test]
fn multi_paxos_validity_0() {
    stays_whole(
        "validity",
        "1.NY5RDsIgEETvMt-YYItVuYrxg8LWEmu3AWpMGu4uxbhfm515M7shrDP0hiVwYssTNF7rlPxhMR-OEOhpNG_Pa4A-CkQiBy0FyPkUoW8bUhFO\
         7VW1Z4GfyfGeaIOJ477M7Ai6E3gSLRVOHErpYKZIOWdRMxpZ508HismEcu9yvudSnHZWSVUM_lHE8uiFemc71Zp-sNLKBvkL",
    );
}

// A restarted client took the session of before, and waited for ever.
#[test]
fn multi_paxos_requests_answered_189() {
    stays_whole(
        "requests-answered",
        "1.jZPbbqMwEIbfZa5ZifEBm7zKalUZe2hRaRyBiVpFvPuOUyX0QKFXoPH3_YzMzAWG6QiHC5yGmKKPPRzgZepT9-fkXuMIBTT05M5dnAY4YAE-\
         HtvuMQu9S3T0bw8v7vVhGllDFMYYNkZ3pveSqISAmStEgXVbF0ChS3z09wKJK0aWZVlAiDkxDPHEkvKWnPaqMsKIum5hnosrndnvdGtcI5wUvh\
         HSioVWcoU2hJ4aEWTdNtI2uND4KdwPbnzKL8cYiE8LeCbiAAZSHPjCWtePNN9tsWXLPVuqDbvctfVHe6AxuYHr5R1QW82JvXizZesdW-tytTl9\
         A6zeisedeKuv_-1bPN6AuhSr31d3AM0qIO-AWJs6aipUVhltg2sIAyy4Whs7i4EIUbm25UFdxq7-4X7EDXgfy4UYKeXHM71x7JcVLODs-onyKu\
         amYf5VyG1bF_tq_strm_LdY21rw2r3yN3xsZWhVaH0kkJVIVqY_wM",
    );
}

// A vote was durable, and the crash kept the acceptor from telling.
#[test]
fn paxos_learned_chosen_26() {
    stays_whole(
        "learned-chosen",
        "1.nZjdbuM4DIXfRde5IClSFPMqi8XCseWZYLt14aTFAkXefegO-pOBPQknN76QPh7JNI-ovKb5-THtX9PTPJ2nfnpI-_TU_T-d0i4d2vfu5Tg9\
         z2mPu9RPj-Px2zL11L20f55PPrMIc7rs0qm1Ie2p7FIbjmcf-es1ndMedmmYFmI8zm15Pk6DP33a-fhf87B0uVx2b1Oz5QL0Pr-b5-OLz6zrw9\
         fh6ke4_BHOxKjY-_yhPXg4n5BqRzKi5bFWLHXQtA4sO_Tlrw9eq8OHOnyoIxAI8Iq89eWQebCht8KC6SbRD3ns-04g46BNeYv4uWK8Ge9g2Myg\
         GY9WC45b8a43iaubrGCaAwAyMtPWiq9HP1eMLARk0FPTkfvPlP1hPH8DOTdUki5rxZpuE8OBjKwMLCLtcAcBB2Nn8NCPg2KF36-Zb8YbtCsdN-\
         zrWDvt8Pfx6GY8LZlgsA5rrlm-fgVbhEiv3IP0Qp3lrt8i7vgMCNAQI0ChXCEAZKLK9quZ6Mb4dUBdcRM0MKp0P0Bsoij3AxkqIdcAUEqVivcD\
         TCKAHADqkli9HxAmrVt5WgOKrydjDgAFQLncD3jtKWog06qaCwYyXf1cAg5kuhoX1kCmTTJt1svq1wroJxxzhFAQ33rkhKu-ka2SWCdMwJMRIN\
         42IhQiNHvKIwT6m6KQhq-pSEiDpFQLafgukEIaWb1FCmkwg1hIww2k5pCGlAwlpFGIM4Q03AglhzTcQ1RDGtWbHQhp1GLEIQ3LwKEaRDNUjGh4\
         i0fGEQ1azvdQnROqcKjOifw0C9U5kflRE9LIYhiqc88e5FCdE1eUUJ2TwPJ7J_q5O33_RNzB_23tyZ3a2Wn2a9rYPZzaV5y9LQktsQBDyCZoSU\
         3IJkipSMgmvG9QDdnE0r9ByCb8DAUK2YTvGjlkExky6ZZNrF1T_4QQq1k5QDAWBsYIob53qAHCPxH3YIkQfvsEDlzpfRdUFCxCmHnKS4BQkQqc\
         A4Sf01kRIoQ3A1kjObeld-dIzq2SN1uBnC-X_69WNLfTuZvPb5fTv5d_eM6LEaEtL_P4zQf9TkjovXIbrRd3_DK2dPkB",
    );
}

// Broken on purpose: who lacks the last entries is elected.
#[test]
fn raft_no_election_restriction_leader_completeness_3() {
    stays_broken(
        "leader-completeness",
        "1.fZDLbsQgDEX_xWtGSshrJr9SVSMazAyaFCLjpIso_16TRcumZQPm-h4_dqA1wLjDQpHjFGcYgYxjUPCBT7P5uBKMWsFmyJvAIod4wRkn9jFc\
         CBOTP9_imGJw_pFp0-wxcJLsWv4T0oaUoxaOHKKFsVGA1uectx2EW3e6kqPAxrMfsyaUysehTlnrWymnF37lO0SLJ8uSd3xflk8Yr7duuCqIzi\
         Xk-yoVquMH09YlZiKTnr8cmfOFuIhBAUeSxTgzJyzcfenO0xvissuu-gff_Il_z2vhLLW1NGH9Q9CyL6fr3jZDr5sB22bo4PgG",
    );
}
