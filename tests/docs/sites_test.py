"""The crash campaign knows every place in the engine that makes a call on the disk, but those of offline tools."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = re.compile(r'io::Site \w+\{\s*"([^"]+)"')

# Not reached by opening, using and closing a store with small segments.
OF_TOOLS = re.compile(
    r"log\.(repair|set_aside|survey|verify|walk|copy|end_of_data|compressed_read|image_links)|(index|proof)\.verify_|proof\.copy|io\."
)
OF_SHARED_FILES = {"log.own_" + call for call in "create empty length read rename size sync sync_directory write".split()}
OF_LARGE_SEGMENTS = {"log.prepare_sync_fill"}
# A tree that knows more than the log: tests/proof/trees_test.cpp.
OF_A_RESTORED_STORE = {"proof.remove", "proof.set_aside"}
OF_A_LOCKED_STORE = {"store.lock_read", "store.lock_size"}


class Sites(unittest.TestCase):
    def test_all_are_known(self):
        in_source = {
            name
            for file in ROOT.glob("src/**/*.cpp")
            for name in NAME.findall(file.read_text())
            if not OF_TOOLS.match(name)
        }
        listed = re.findall(r'\{"(\w+\.\w+)", \w+', (ROOT / "tests/crash/sites.cpp").read_text())
        self.assertEqual(sorted(in_source - OF_SHARED_FILES - OF_A_RESTORED_STORE - OF_LARGE_SEGMENTS - OF_A_LOCKED_STORE), listed)


if __name__ == "__main__":
    sys.exit(unittest.main())
