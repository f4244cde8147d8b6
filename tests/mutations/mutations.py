"""The engines broken on purpose (tests/README.md, M1-M35): what is changed in the source, and which tests are asked to notice.

Each edit replaces one passage, which must be in its file exactly once, so that a mutation cannot become void unnoticed.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edit:
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Check:
    """A test program of the build and what it is started with. Its exit code is not 0 when it has noticed something."""

    layer: str
    program: str
    arguments: tuple


@dataclass(frozen=True)
class Mutation:
    number: str
    what: str
    edits: tuple
    checks: tuple
    # Files to compile again besides those that are edited: the users of a header.
    users: tuple = field(default=())


def campaign(workload, seeds=60):
    return Check(
        "crash campaign",
        "es-crashtest",
        ("--workload", workload, "--seeds", str(seeds), "--jobs", "1", "--no-floors", "--no-shrink", "--json"),
    )


def tests(layer, file=None):
    """The tests of a layer, or only those of one of its files where all of them would take long; to the first that fails."""
    only = (f"--source-file=*/{file}.cpp",) if file else ()
    return Check(f"{layer} tests", f"esker_{layer}_tests", ("--abort-after=1", *only))


# Why some have no entry below.
WITHOUT_SUBJECT = {}

SMALL = campaign("small")
ROLLOVER = campaign("rollover")
MIXED = campaign("mixed", 400)

MUTATIONS = (
    Mutation(
        "M1",
        "the next segment's first group is written before the last one's sync",
        (
            Edit(
                "src/log/log.cpp",
                "  if (options_.durability.mode == Durability::Mode::sync) {\n    if (Result<void> synced = sync_active()",
                "  if (active_->header().file_bytes - written_end_.value() > 20'000) {\n    if (Result<void> synced = sync_active()",
            ),
            Edit("src/log/log.cpp", "  if (unsynced_since_) {\n    ESKER_TRY(sync_active());\n  }  // R1", "  // R1"),
        ),
        (ROLLOVER,),
    ),
    Mutation(
        "M2",
        "no salt in the checksum",
        (
            Edit(
                "src/format/record.cpp",
                "place_seed(salt, offset), record",
                "(void(salt), place_seed(Salt(), offset)), record",
            ),
        ),
        (tests("format"),),
    ),
    Mutation(
        "M3",
        "no offset in the checksum",
        (
            Edit(
                "src/format/record.cpp",
                "place_seed(salt, offset), record",
                "(void(offset), place_seed(salt, FileOffset())), record",
            ),
        ),
        (tests("format"),),
    ),
    Mutation(
        "M4",
        "recovery does not zero behind the cut",
        (
            Edit(
                "src/log/recovery.cpp",
                "                zero_behind(*segment.file, cut, FileOffset(segment.header.file_bytes)));",
                "                (void(&zero_behind), Result<std::uint64_t>(std::uint64_t{0})));",
            ),
        ),
        (campaign("fixed"), SMALL),
    ),
    Mutation(
        "M5",
        "recovery does not write the unproven tail again",
        (
            Edit(
                "src/log/recovery.cpp",
                "scan.committed > 0 && plan_.proven < plan_.last)",
                "scan.committed > 0 && plan_.proven > plan_.last)",
            ),
        ),
        (MIXED, SMALL),
    ),
    Mutation(
        "M6",
        "recovery serves before its sync",
        (Edit("src/log/recovery.cpp", "      ESKER_TRY(segment.file->sync_data(kSyncTail));\n", "      (void)kSyncTail;\n"),),
        (SMALL,),
    ),
    Mutation(
        "M7",
        "a failed sync is tried again and believed",
        (
            Edit(
                "src/io/file.cpp",
                "  const CallResult result = fdatasync(site);\n",
                "  CallResult result = fdatasync(site);\n  if (result.error != 0) result = fdatasync(site);\n",
            ),
        ),
        (MIXED,),
    ),
    Mutation(
        "M8",
        "a bad record in the middle is cut like a torn tail",
        (
            Edit(
                "src/log/recovery_plan.cpp",
                "    if (!witness) return ok();\n",
                "    if (!witness || witness->durable > Position()) return ok();\n",
            ),
        ),
        (tests("log"),),
    ),
    Mutation(
        "M9",
        "no watermark",
        (
            Edit(
                "src/log/recovery_plan.cpp",
                "    if (!watermark_) return ok();\n",
                "    if (!watermark_ || watermark_->position > Position()) return ok();\n",
            ),
        ),
        (tests("log"),),
    ),
    Mutation(
        "M10",
        "no directory sync after a segment was renamed",
        (Edit("src/log/preparation.cpp", "      return directory_.sync(kSyncDirectory);", "      return (void)kSyncDirectory, ok();"),),
        (ROLLOVER,),
    ),
    Mutation(
        "M11",
        "no file sync before a segment is renamed",
        (Edit("src/log/preparation.cpp", "      return made_.file()->sync_all(kSync);", "      return (void)kSync, ok();"),),
        (SMALL, ROLLOVER),
    ),
    Mutation(
        "M12",
        "runs are removed before the name of the one merged from them is durable",
        (
            Edit(
                "src/index/run_writer.cpp",
                "  ESKER_TRY(sync_run_names(directory_));\n  return Run::open",
                "  return Run::open",
            ),
        ),
        (tests("index"),),
    ),
    Mutation(
        "M13",
        "a run is trusted without its segment's salt",
        (
            Edit(
                "src/index/run.cpp",
                "  if (footer.key != key) {\n",
                "  RunKey claimed = footer.key;\n  claimed.digest = key.digest;\n  if (claimed != key) {\n",
            ),
        ),
        (tests("index"),),
    ),
    Mutation(
        "M14",
        "readers go to the end of the segment, past the durable position",
        (
            Edit(
                "src/log/log.cpp",
                "  if (options_.durability.mode == Durability::Mode::sync) {\n    if (Result<void> synced = sync_active()",
                "  active_->publish(group.first, group.offsets, written_end_);\n"
                "  if (options_.durability.mode == Durability::Mode::sync) {\n    if (Result<void> synced = sync_active()",
            ),
            Edit("src/log/log.cpp", "  active_->publish(group.first, group.offsets, written_end_);\n  // Acquired", "  // Acquired"),
            Edit(
                "src/store/query_range.cpp",
                "    const Position visible = context_.log.visible();\n",
                "    const Position visible =\n"
                "      std::max(context_.log.visible().next(), context_.log.segments()->all().back()->end()).previous();\n",
            ),
        ),
        (SMALL,),
    ),
    Mutation(
        "M15",
        "answers before the sync",
        (
            Edit(
                "src/log/log.cpp",
                "  if (options_.durability.mode == Durability::Mode::sync) {\n    if (Result<void> synced = sync_active()",
                "  if (options_.durability.mode == Durability::Mode::interval) {\n    if (Result<void> synced = sync_active()",
            ),
        ),
        (SMALL,),
    ),
    Mutation(
        "M16",
        "the end-of-commit flag is ignored",
        (Edit("src/log/scan.cpp", "  if (record.commit_end) {", "  if (record.commit_end || !record.commit_end) {"),),
        (SMALL,),
    ),
    Mutation(
        "M17",
        "events are shown before they are durable",
        (
            Edit(
                "src/log/log.cpp",
                "  if (options_.durability.mode == Durability::Mode::sync) {\n    if (Result<void> synced = sync_active()",
                "  active_->publish(group.first, group.offsets, written_end_);\n"
                "  visible_.store(written_.value(), std::memory_order_release);\n"
                "  if (options_.durability.mode == Durability::Mode::sync) {\n    if (Result<void> synced = sync_active()",
            ),
            Edit("src/log/log.cpp", "  active_->publish(group.first, group.offsets, written_end_);\n  // Acquired", "  // Acquired"),
        ),
        (SMALL,),
    ),
    Mutation(
        "M18",
        "only the ids in the memtable are known",
        (
            Edit(
                "src/index/source.cpp",
                "  return run->may_contain(ids);\n",
                "  return std::uint64_t{0};\n",
            ),
        ),
        (ROLLOVER,),
    ),
    Mutation(
        "M19",
        '"already there" is answered before the original is durable',
        (
            Edit(
                "src/store/sequencer.cpp",
                "  command->rests = answer.rests;\n",
                "  if (answer.rests == Rests::on_finding) answer.rests = Rests::on_nothing;\n"
                "  command->rests = answer.rests;\n",
            ),
        ),
        (MIXED, SMALL),
    ),
    Mutation(
        "M20",
        "a short write is taken for a whole one",
        (
            Edit(
                "src/io/file.cpp",
                "CallResult result = pwrite(bytes.subspan(done), offset.value() + done, site);\n",
                "CallResult made = pwrite(bytes.subspan(done), offset.value() + done, site);\n"
                "    CallResult result = made;\n"
                "    if (made.error == 0) result.value = static_cast<std::int64_t>(bytes.size() - done);\n",
            ),
        ),
        (MIXED,),
    ),
    Mutation(
        "M21",
        "positions are counted on although nothing was written",
        (Edit("src/store/group_builder.cpp", "  if (!room) {\n", "  if (!room) {\n    last_position_ = last_position_.next();\n"),),
        (MIXED,),
    ),
    Mutation(
        "M22",
        "a seam between catching up and live",
        (
            Edit(
                "src/store/subscription_walk.cpp",
                "  ESKER_TRY(walk_->extend());\n  return next(*walk_);\n",
                "  ESKER_TRY(walk_->extend());\n  if (auto seam = next(*walk_); !seam) return seam;\n  return next(*walk_);\n",
            ),
        ),
        (SMALL,),
    ),
    Mutation(
        "M23",
        "the log's end is handed out as checkpoint",
        (
            Edit(
                "src/store/query_walk.hpp",
                "looked_at() const { return range_.begin.previous(); }",
                "looked_at() const { return range_.end.previous(); }",
            ),
        ),
        (SMALL,),
        users=("tests/crash/subscriber.cpp",),
    ),
    Mutation(
        "M24",
        "time is taken from the clock alone",
        (Edit("src/store/group_builder.cpp", "  time_ = std::max(time_, now);", "  time_ = now;"),),
        (MIXED,),
    ),
    Mutation(
        "M26",
        "32-bit offsets",
        (
            Edit(
                "src/log/offset_table.cpp",
                "FileOffset(std::uint64_t{offset} * format::kRecordAlignment);",
                "FileOffset(offset * static_cast<std::uint32_t>(format::kRecordAlignment));",
            ),
        ),
        (tests("log"),),
    ),
    Mutation(
        "M27",
        "a condition sees only what is visible, not what is in flight",
        (
            Edit(
                "src/store/group_builder.cpp",
                "{front.next(), last_position_.next()}",
                "{front.next(), log_.visible().next()}",
            ),
        ),
        (SMALL, tests("engine", "condition_test")),
    ),
    Mutation(
        "M28",
        "an intersection that has paused goes on behind where it was",
        (
            Edit(
                "src/store/filter_walk.cpp",
                "return Proposal{Proposal::Kind::paused, range.front(direction_)};",
                "return Proposal{Proposal::Kind::paused, range.behind(direction_, range.front(direction_)).front(direction_)};",
            ),
        ),
        (tests("store"),),
    ),
    Mutation(
        "M29",
        "the postings of a merged run are not counted from its own first position",
        (
            Edit(
                "src/index/merge.cpp",
                "const std::uint64_t rebased = posting + rebase;",
                "const std::uint64_t rebased = posting + rebase * 0;",
            ),
        ),
        (tests("index"),),
    ),
    Mutation(
        "M30",
        "what comes while a condition is looked at for long does not count",
        (
            Edit(
                "src/store/sequencer.cpp",
                "command->condition_looked_at = looked.assume_value().looked_at;",
                "command->condition_looked_at = Position(UINT64_MAX / 2);",
            ),
        ),
        (tests("engine", "condition_test"),),
    ),
    Mutation(
        "M25",
        "the newest snapshot or checkpoint is released with those before it",
        (
            Edit(
                "src/store/retention.cpp",
                "std::max(released.versions, Version(version - *kept))",
                "std::max(released.versions, Version(version - *kept + 1))",
            ),
        ),
        (tests("engine", "compaction_test"),),
    ),
    Mutation(
        "M31",
        "a compacted segment gets its name before it is durable",
        (Edit("src/log/compaction.cpp", "return made_->file()->sync_all(kSync);", "return ok();"),),
        (tests("engine", "compaction_test"),),
    ),
    Mutation(
        "M32",
        "compaction takes a stream's last event away, and its version with it",
        (
            Edit(
                "src/store/release_judge.cpp",
                "return last ? log::Fate::strip : log::Fate::drop;",
                "return last && end_ == Position() ? log::Fate::strip : log::Fate::drop;",
            ),
        ),
        (tests("engine", "compaction_test"),),
    ),
    Mutation(
        "M33",
        "what a merged segment was made of is removed before its name is durable",
        (
            Edit(
                "src/log/compaction.cpp",
                "      return directory_.sync(kSyncDirectory);",
                "      return merges() ? ok() : directory_.sync(kSyncDirectory);",
            ),
        ),
        (tests("engine", "compaction_test"),),
    ),
    Mutation(
        "M34",
        "a tree file is written before its events are durable",
        (
            Edit("src/proof/trees.cpp", "    if (log_.synced() >= end) {", "    if (log_.visible() >= end) {"),
            Edit(
                "src/proof/trees.cpp",
                "const std::uint64_t synced = log_.synced().value();",
                "const std::uint64_t synced = log_.visible().value();",
            ),
        ),
        (tests("proof", "trees_test"),),
    ),
    Mutation(
        "M35",
        "compaction takes events out before their hashes are in a tree file that is durable",
        (
            Edit(
                "src/store/compactor.cpp",
                "return trees_->make_durable(footer.first.plus(footer.records - 1));",
                "return footer.records > 0;",
            ),
        ),
        (tests("engine", "proof_test"),),
    ),
)
