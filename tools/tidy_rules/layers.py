"""Who may include whom. The picture is in README.md, "Layout"."""

from .tree import Finding

# A layer and those below it that it may include. Everything may include the words of include/esker.
BELOW = {
    "base": set(),
    "io": {"base"},
    "format": {"base"},
    "log": {"base", "io", "format"},
    "index": {"base", "io", "format", "log"},
    "proof": {"base", "io", "format", "log"},
    "store": {"base", "io", "format", "log", "index", "proof"},
    "server": {"base", "io", "format", "log", "index", "proof", "store"},
    "client": {"base", "format"},
}
# The public headers that are a layer's face: for those who implement them and those above.
DOORS = {
    "esker/store.hpp": {"store", "server"},
    "esker/cursor.hpp": {"store", "server"},
    "esker/subscription.hpp": {"store", "server"},
    "esker/client.hpp": {"client"},
}
SOCKETS = {"server", "client"}  # of src/; besides them programs, benchmarks, tests and include/esker/client.hpp
OPERATING_SYSTEM = ("<unistd.h>", "<fcntl.h>", "<sys/", "<fstream>", "<filesystem>", "<stdio.h>", "<cstdio>")
# System calls that are not a file's: assertions write to standard error, UUIDs ask the kernel for random bytes.
MAY_CALL_SYSTEM = {"io", "base", "server", "client"}


def layer_of(include):
    return include.strip('"').split("/")[0]


def layers(tree):
    """Includes point down, never up or sideways."""
    for file in tree.cpp("src", "include"):
        public = file.parts[0] == "include"
        layer = None if public else file.parts[1]
        if not public and layer not in BELOW:
            yield Finding(file.name, 1, f"src/{layer} is no layer; add it to tools/tidy_rules/layers.py and to the picture in README.md")
            continue
        for line, include in file.includes():
            yield from check(file, public, layer, line, include)


def check(file, public, layer, line, include):
    if include.startswith("<boost/asio"):
        if file.name != "include/esker/client.hpp" and layer not in SOCKETS:
            yield Finding(file.name, line, "Asio lives in server/, client/ and the programs; hand the engine a function instead")
        return
    if include.startswith(OPERATING_SYSTEM) and not public and layer not in MAY_CALL_SYSTEM:
        yield Finding(file.name, line, f"{include} asks the operating system; go through io::File, io::Directory or io::Clock")
        return
    if not include.startswith('"'):
        return
    target = layer_of(include)
    if target == "esker":
        allowed = DOORS.get(include.strip('"'))
        if allowed is not None and not public and layer not in allowed:
            yield Finding(file.name, line, f"{include} is the door to a layer above {layer}/; take what you need as an argument")
    elif public:
        yield Finding(file.name, line, f"a public header cannot include {include}, which is not installed; declare it forward")
    elif target in BELOW and target != layer and target not in BELOW[layer]:
        allowed = ", ".join(sorted(BELOW[layer])) or "nothing of ours"
        yield Finding(file.name, line, f"{layer}/ may include {allowed}, not {target}/; hand down a function or move the code")


def includes(tree):
    """How an include is written: from the root of the layers, one's own header first, headers once."""
    for file in tree.cpp():
        if file.is_header and "#pragma once" not in file.text:
            yield Finding(file.name, 1, "a header begins with #pragma once")
        written = list(file.includes())
        for line, include in written:
            if include.startswith('"../') or include.startswith('"./'):
                yield Finding(file.name, line, f'{include} is relative; write it from the root: "layer/file.hpp"')
        own = file.path.with_suffix(".hpp")
        if file.path.suffix == ".cpp" and file.parts[0] == "src" and own.exists():
            header = '"' + "/".join(file.parts[1:])[: -len(".cpp")] + '.hpp"'
            if not written or written[0][1] != header:
                yield Finding(file.name, written[0][0] if written else 1, f"include {header} first, which proves that it stands alone")
