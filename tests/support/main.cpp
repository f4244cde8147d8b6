// A failed assertion under one of doctest's own locks must end the test, not hang in its handler of SIGABRT.
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
