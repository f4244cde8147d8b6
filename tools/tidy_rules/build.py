"""That what is in the tree is built and tested."""

import re

from .tree import Finding

# Sources without a test file of their own, and what tests them instead.
NO_TWIN = {
    "src/base/compaction.cpp": "tests/programs/es_tool_test.cpp",
    "src/format/message_encode.cpp": "tests/format/message_test.cpp",
    "src/format/message_parse.cpp": "tests/format/message_test.cpp",
    "src/index/index_stats.cpp": "tests/index/index_merge_test.cpp",
    "src/index/load.cpp": "tests/index/index_test.cpp",
    "src/index/make_run.cpp": "tests/index/run_test.cpp",
    "src/index/page_writer.cpp": "tests/index/run_test.cpp",
    "src/index/run_cursor.cpp": "tests/index/merge_test.cpp",
    "src/index/run_files.cpp": "tests/index/index_merge_test.cpp",
    "src/index/run_key.cpp": "tests/index/index_merge_test.cpp",
    "src/index/run_lists.cpp": "tests/index/run_test.cpp",
    "src/index/run_pages.cpp": "tests/index/run_test.cpp",
    "src/index/run_search.cpp": "tests/index/run_test.cpp",
    "src/index/run_writer.cpp": "tests/index/run_test.cpp",
    "src/index/source.cpp": "tests/index/index_merge_test.cpp",
    "src/index/term_search.cpp": "tests/index/run_test.cpp",
    "src/log/compressed_file.cpp": "tests/log/image_test.cpp",
    "src/log/decoded_memory.cpp": "tests/log/image_test.cpp",
    "src/log/read_ahead.cpp": "tests/log/scan_test.cpp",
    "src/log/recovery_plan.cpp": "tests/log/recovery_test.cpp",
    "src/log/sealing.cpp": "tests/log/log_background_test.cpp",
    "src/log/segment_check.cpp": "tests/log/verify_test.cpp",
    "src/log/set_aside.cpp": "tests/log/repair_test.cpp",
    "src/server/grpc/expectation.cpp": "tests/server/grpc/append_call_test.cpp",
    "src/server/grpc/failure.cpp": "tests/server/grpc/delete_call_test.cpp",
    "src/server/grpc/gossip_service.cpp": "tests/server/grpc/grpc_server_test.cpp",
    "src/server/grpc/message_source.cpp": "tests/server/grpc/read_call_test.cpp",
    "src/server/grpc/proposed_events.cpp": "tests/server/grpc/append_call_test.cpp",
    "src/server/grpc/read_source.cpp": "tests/server/grpc/read_call_test.cpp",
    "src/server/grpc/record.cpp": "tests/server/grpc/records_call_test.cpp",
    "src/server/grpc/record_failure.cpp": "tests/server/grpc/records_call_test.cpp",
    "src/server/grpc/record_write.cpp": "tests/server/grpc/records_call_test.cpp",
    "src/server/grpc/recorder.cpp": "tests/server/grpc/read_call_test.cpp",
    "src/server/grpc/records_service.cpp": "tests/server/grpc/records_call_test.cpp",
    "src/server/grpc/server_features_service.cpp": "tests/server/grpc/grpc_server_test.cpp",
    "src/server/grpc/stream_write.cpp": "tests/server/grpc/delete_call_test.cpp",
    "src/server/grpc/streams_service.cpp": "tests/server/grpc/append_call_test.cpp",
    "src/store/append.cpp": "tests/engine/store_test.cpp",
    "src/store/background.cpp": "tests/engine/store_test.cpp",
    "src/store/compactor.cpp": "tests/engine/compaction_test.cpp",
    "src/store/compressor.cpp": "tests/engine/compressed_test.cpp",
    "src/store/condition_check.cpp": "tests/engine/condition_test.cpp",
    "src/store/cursor.cpp": "tests/engine/store_test.cpp",
    "src/store/engine.cpp": "tests/engine/store_test.cpp",
    "src/store/group_builder.cpp": "tests/engine/model_test.cpp",
    "src/store/in_flight.cpp": "tests/engine/concurrency_test.cpp",
    "src/store/index_reader.cpp": "tests/engine/model_test.cpp",
    "src/store/query_walk.cpp": "tests/engine/model_test.cpp",
    "src/store/release_judge.cpp": "tests/engine/compaction_test.cpp",
    "src/store/retention.cpp": "tests/engine/system_streams_test.cpp",
    "src/store/runner.cpp": "tests/engine/concurrency_test.cpp",
    "src/store/sequencer.cpp": "tests/engine/model_test.cpp",
    "src/store/store.cpp": "tests/engine/store_test.cpp",
    "src/store/store_streams.cpp": "tests/engine/system_streams_test.cpp",
    "src/store/stream_lookup.cpp": "tests/engine/model_test.cpp",
    "src/store/stream_place.cpp": "tests/engine/model_test.cpp",
    "src/store/subscription.cpp": "tests/engine/subscription_test.cpp",
    "src/store/subscription_walk.cpp": "tests/engine/subscription_test.cpp",
}


def cmake_words(path):
    text = re.sub(r"#[^\n]*", "", path.read_text(encoding="utf-8"))
    return set(re.split(r"[\s()\";]+", text))


def sources_built(tree):
    """A .cpp file is named in the CMakeLists.txt of its folder or one above. An unbuilt test passes for ever."""
    words = {}
    for file in tree.cpp():
        if file.path.suffix != ".cpp":
            continue
        for folder in file.path.parents:
            lists = folder / "CMakeLists.txt"
            if lists not in words:
                words[lists] = cmake_words(lists) if lists.exists() else set()
            if file.path.relative_to(folder).as_posix() in words[lists]:
                break
            if folder == tree.root:
                yield Finding(file.name, 1, "no CMakeLists.txt here or above names this file, so nothing builds it; add it to a target")
                break


def headers_used(tree):
    """A header is included by somebody."""
    included = {include.strip('"<>') for file in tree.cpp() for _, include in file.includes()}
    for file in tree.cpp():
        if not file.is_header:
            continue
        names = {"/".join(file.parts[begin:]) for begin in range(1, len(file.parts))}
        if not names & included:
            yield Finding(file.name, 1, "nobody includes this header; use it or remove it")


def twins(tree):
    """src/log/recovery.cpp has tests/log/recovery_test.cpp."""
    names = {file.name for file in tree.files}
    for file in tree.cpp("src"):
        if file.path.suffix != ".cpp" or file.name in NO_TWIN:
            continue
        stem = file.path.stem
        mirrored = "/".join(["tests", *file.parts[1:-1], f"{stem}_test.cpp"])
        flat = f"tests/{file.parts[1]}/{stem}_test.cpp"
        if mirrored not in names and flat not in names:
            yield Finding(file.name, 1, f"has no test beside it; write {mirrored}")
    for name, tested_by in NO_TWIN.items():
        if name in names and tested_by not in names:
            yield Finding(name, 1, f"{tested_by}, which tests it, is not there")
