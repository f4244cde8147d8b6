"""An es-server of its own for a test."""

import pathlib
import re
import signal
import subprocess
import tempfile


class Served:
    def __init__(self, bin_directory):
        self.bin = pathlib.Path(bin_directory)
        self.directory = tempfile.TemporaryDirectory()
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [
                self.bin / "es-server",
                *("--data", pathlib.Path(self.directory.name, "data")),
                *("--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0"),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stderr.readline()
        found = re.search(r"listens on (\S+) and for KurrentDB's clients on 127\.0\.0\.1:(\d+)", line)
        assert found, line
        self.native = found.group(1)
        self.port = int(found.group(2))
        self.uri = f"esdb://localhost:{self.port}?tls=false"

    def stop(self):
        """Ends it in order; what it said."""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.stderr.read()
        assert self.process.wait(30) == 0, said
        return said

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.process.stderr.close()

    def close(self):
        self.kill()
        self.directory.cleanup()

    def cli(self, *arguments):
        """What es-cli prints, which reads and writes the same store."""
        command = [self.bin / "es-cli", "--server", self.native, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
