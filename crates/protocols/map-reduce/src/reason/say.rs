//! Reasons as sentences: their keys, values and rules.

use super::Reason;
use crate::task::TaskId;
use protocol::{NodeId, Phrase, Say};

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let plain = |key| Phrase::new(key).node("me", me);
        let on = |key, task: TaskId| plain(key).text("task", task.label());
        let map = |key, number| on(key, TaskId::Map(number));
        let part = |key, partition: u16| plain(key).int("partition", u64::from(partition) + 1);
        match *self {
            Self::AwaitsPing => plain("reason.awaits-ping").by("ping"),
            Self::AwaitsCheckpoint => plain("reason.awaits-checkpoint").by("checkpoint"),
            Self::Works { task, bytes } => on("reason.works", task).int("bytes", bytes),
            Self::AwaitsSplit { map: number } => map("reason.awaits-split", number),
            Self::AwaitsRegions { have, of } => plain("reason.awaits-regions")
                .int("have", have)
                .int("of", of),
            Self::AwaitsFiles { partition } => part("reason.awaits-files", partition),
            Self::AwaitsJob => plain("reason.awaits-job"),

            Self::Submits { kind } => plain("reason.submits").word("job", kind.word()),
            Self::SubmitsAgain { kind } => plain("reason.submits-again").word("job", kind.word()),
            Self::AsksStatus => plain("reason.asks-status").by("abort"),
            Self::Queues { ahead } => plain("reason.queues").int("ahead", ahead),
            Self::HasJob { client } => plain("reason.has-job").node("client", client),
            Self::AnswersDone { client } => plain("reason.answers-done")
                .node("client", client)
                .by("wake-client"),
            Self::KnowsNoJob { client } => plain("reason.knows-no-job")
                .node("client", client)
                .by("abort"),

            Self::Pings { to } => plain("reason.pings").node("to", to).by("ping"),
            Self::Dismisses { to } => plain("reason.dismisses").node("to", to),
            Self::Starts => plain("reason.starts"),
            Self::IsThere => plain("reason.is-there").by("ping"),
            Self::AssignsNear { to, task } => on("reason.assigns-near", task)
                .node("to", to)
                .by("locality"),
            Self::AssignsFar { to, task } => {
                on("reason.assigns-far", task).node("to", to).by("locality")
            }
            Self::AssignsAny { to, task } => on("reason.assigns-any", task)
                .node("to", to)
                .by("idle-workers"),
            Self::AssignsReduce { to, task } => on("reason.assigns-reduce", task)
                .node("to", to)
                .by("idle-workers"),
            Self::AssignsAnew { to, task, lost } => on("reason.assigns-anew", task)
                .node("to", to)
                .node("lost", lost)
                .by("redo"),
            Self::AssignsBackup {
                to,
                task,
                slow,
                done,
                of,
            } => on("reason.assigns-backup", task)
                .node("to", to)
                .node("slow", slow)
                .int("done", done)
                .int("of", of)
                .by("backup"),
            Self::AssignsAgain { to, task } => on("reason.assigns-again", task).node("to", to),
            Self::TellsOutput { to, task, worker } => on("reason.tells-output", task)
                .node("to", to)
                .node("worker", worker)
                .by("locations"),
            Self::TellsOutputs { to, task } => on("reason.tells-outputs", task)
                .node("to", to)
                .by("locations"),
            Self::CompletedBefore { from, task, by } => on("reason.completed-before", task)
                .node("from", from)
                .node("by", by)
                .by("complete-once"),
            Self::NotAssigned { from, task } => on("reason.not-assigned", task)
                .node("from", from)
                .by("redo"),
            Self::NoSuchTask { from, task } => on("reason.no-such-task", task).node("from", from),
            Self::OldProcess { from } => plain("reason.old-process").node("from", from),
            Self::JobOver { from } => plain("reason.job-over").node("from", from),

            Self::ReadsSplit { map: number } => map("reason.reads-split", number).by("locality"),
            Self::HandsSplit {
                to,
                map: number,
                bytes,
            } => map("reason.hands-split", number)
                .node("to", to)
                .int("bytes", bytes),
            Self::HasSplit { map: number, bytes } => map("reason.has-split", number)
                .int("bytes", bytes)
                .by("map"),
            Self::Straggles { task, factor } => on("reason.straggles", task)
                .int("factor", factor)
                .by("straggler"),
            Self::Mapped {
                map: number,
                emitted,
                pairs,
                regions,
            } if emitted == pairs => map("reason.mapped", number)
                .int("pairs", pairs)
                .int("regions", regions)
                .by("partition"),
            Self::Mapped {
                map: number,
                emitted,
                pairs,
                regions,
            } => map("reason.mapped-combined", number)
                .int("emitted", emitted)
                .int("pairs", pairs)
                .int("regions", regions)
                .by("combine"),
            Self::GivesUp { old, task } => on("reason.gives-up", task).text("old", old.label()),
            Self::WorksAlready { task } => on("reason.works-already", task),
            Self::Outdated { task } => on("reason.outdated", task),

            Self::ReadsRegion {
                to,
                map: number,
                partition,
            } => map("reason.reads-region", number)
                .int("partition", u64::from(partition) + 1)
                .node("to", to)
                .by("fetch"),
            Self::ReadsOwnRegion {
                map: number,
                have,
                of,
            } => map("reason.reads-own-region", number)
                .int("have", have)
                .int("of", of)
                .by("fetch"),
            Self::HandsRegion {
                to,
                map: number,
                partition,
                pairs,
            } => map("reason.hands-region", number)
                .int("partition", u64::from(partition) + 1)
                .int("pairs", pairs)
                .node("to", to)
                .by("fetch"),
            Self::LacksOutput { to, map: number } => {
                map("reason.lacks-output", number).node("to", to)
            }
            Self::HasRegion {
                map: number,
                from,
                pairs,
                have,
                of,
            } => map("reason.has-region", number)
                .node("from", from)
                .int("pairs", pairs)
                .int("have", have)
                .int("of", of)
                .by("fetch"),
            Self::ReadBefore { map: number, from } => map("reason.read-before", number)
                .node("from", from)
                .by("complete-once"),
            Self::RegionMissing { map: number, from } => map("reason.region-missing", number)
                .node("from", from)
                .by("redo"),
            Self::Sorts {
                partition,
                pairs,
                keys,
            } => part("reason.sorts", partition)
                .int("pairs", pairs)
                .int("keys", keys)
                .by("order"),
            Self::WritesPiece {
                partition,
                piece,
                of,
            } => part("reason.writes-piece", partition)
                .int("piece", piece)
                .int("of", of)
                .by("reduce"),
            Self::AsksRename { partition } => part("reason.asks-rename", partition).by("rename"),
            Self::Reduced { partition, rows } => part("reason.reduced", partition)
                .int("rows", rows)
                .by("reduce"),
            Self::LateAnswer => plain("reason.late-answer"),

            Self::Wrote {
                partition,
                rows,
                from,
            } => part("reason.wrote", partition)
                .int("rows", rows)
                .node("from", from),
            Self::RenamesFirst { partition, from } => part("reason.renames-first", partition)
                .node("from", from)
                .by("rename"),
            Self::RenamesAgain { partition } => {
                part("reason.renames-again", partition).by("rename")
            }
            Self::RenamedBefore { partition, from } => part("reason.renamed-before", partition)
                .node("from", from)
                .by("rename"),
            Self::Incomplete { partition, from } => {
                part("reason.incomplete", partition).node("from", from)
            }

            Self::Misdirected { from } => plain("reason.misdirected").node("from", from),
        }
    }
}
