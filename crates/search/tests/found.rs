//! Runs in which a search once found a sound protocol to break a promise. What was wrong is mended, in the protocol or in how the promise
//! was judged, and they stay.

use protocol::{PropertyKind, Verdict};
use search::random::Opener;
use sim::{Opened, Run, decode_link};

/// The promise that was broken, and the link to where it was.
const FOUND: [(&str, &str); 4] = [
    // A master that lost its last checkpoint holds an older job for the last one; its files are gone by then.
    (
        "equals-sequential",
        "1.hVLtbsMgDHwX_2YSJJA0vEpVTTQ4TbQ0RHz0T8S7z1RdtUrNhpCw7LvDPtjApwX0Bqt30fVuBg1Xs354tKlHYHDG0dwmlzxowaB3yzBdCj6Y\
         G36mQPBKdaKCzCAgWkLVDQHRTpGKxw0ipRQvi4F1hdqnWI7Buysh-IlBpPxRUXB2cQQdfcKcM7uTK_5K9iaMJVicRdCKwRfiCpoXFU-jDGYOu2\
         yPIRpPefUE_O4NRjQzPCr1QSpei_ddC1Yx9dM5Z_J971LsiUsp9y0Rd72HdPWUfp1MqnpPu5F_OMb_cUztOMZzPpVHjoXbHFoCTBcq0uXd0FZ1\
         13aW0xaSPsM3",
    ),
    // A restarted client numbers its requests anew.
    (
        "validity",
        "1.NY5RDsIgEETvMt-YYItVuYrxg8LWEmu3AWpMGu4uxbhfm515M7shrDP0hiVwYssTNF7rlPxhMR-OEOhpNG_Pa4A-CkQiBy0FyPkUoW8bUhFO\
         7VW1Z4GfyfGeaIOJ477M7Ai6E3gSLRVOHErpYKZIOWdRMxpZ508HismEcu9yvudSnHZWSVUM_lHE8uiFemc71Zp-sNLKBvkL",
    ),
    // A restarted client took the session of before, and waited for ever.
    (
        "requests-answered",
        "1.jZPbbqMwEIbfZa5ZifEBm7zKalUZe2hRaRyBiVpFvPuOUyX0QKFXoPH3_YzMzAWG6QiHC5yGmKKPPRzgZepT9-fkXuMIBTT05M5dnAY4YAE-\
         HtvuMQu9S3T0bw8v7vVhGllDFMYYNkZ3pveSqISAmStEgXVbF0ChS3z09wKJK0aWZVlAiDkxDPHEkvKWnPaqMsKIum5hnosrndnvdGtcI5wUvh\
         HSioVWcoU2hJ4aEWTdNtI2uND4KdwPbnzKL8cYiE8LeCbiAAZSHPjCWtePNN9tsWXLPVuqDbvctfVHe6AxuYHr5R1QW82JvXizZesdW-tytTl9\
         A6zeisedeKuv_-1bPN6AuhSr31d3AM0qIO-AWJs6aipUVhltg2sIAyy4Whs7i4EIUbm25UFdxq7-4X7EDXgfy4UYKeXHM71x7JcVLODs-onyKu\
         amYf5VyG1bF_tq_strm_LdY21rw2r3yN3xsZWhVaH0kkJVIVqY_wM",
    ),
    // A vote was durable, and the crash kept the acceptor from telling.
    (
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
    ),
];

fn open(run: &Run, steps: u64) -> Opened {
    catalog::trial(run, steps)
}

#[test]
fn what_was_mended_stays_whole() {
    let open: Opener<'_> = &open;
    for (property, text) in FOUND {
        let link = decode_link(text).unwrap();
        let mut trial = open(&link.run, 0).unwrap();
        let about = trial.about();
        let place = about.properties.iter().position(|one| one.id == property);
        let place = place.expect("a property of it");
        let eventual = about.properties[place].kind == PropertyKind::Eventually;
        let last_us = link.run.edits.iter().map(|edit| edit.at_us).max();
        let calm_us = last_us.unwrap_or(0);
        trial.run_to(calm_us + 1, link.step, false);
        let calm = trial.steps();
        assert!(calm > 10, "it is played");
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
        if eventual {
            let since = trial.since()[place];
            let open = *trial.verdicts()[place] == Verdict::Open;
            assert!(!open || since.is_some_and(|step| step > calm), "{property}");
        }
    }
}
