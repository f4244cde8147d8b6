"""The rules of tools/tidy. Each is a function from a `Tree` to `Finding`s."""

from .build import headers_used, sources_built, twins
from .layers import includes, layers
from .shape import columns, casts, functions, lengths
from .testing import sleeping, test_names
from .text import leftovers, links, machine_paths, references
from .tree import Finding, Tree

ALL_RULES = {
    "layers": layers,
    "includes": includes,
    "columns": columns,
    "lengths": lengths,
    "functions": functions,
    "casts": casts,
    "sources-built": sources_built,
    "headers-used": headers_used,
    "twins": twins,
    "test-names": test_names,
    "sleeping": sleeping,
    "leftovers": leftovers,
    "machine-paths": machine_paths,
    "references": references,
    "links": links,
}

__all__ = ["ALL_RULES", "Finding", "Tree"]
