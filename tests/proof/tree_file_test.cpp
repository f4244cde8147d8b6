#include "proof/tree_file.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "esker/event.hpp"
#include "sim/sim_disk.hpp"

namespace esker::proof {
namespace {

/// A directory with one tree file.
class Fixture {
 protected:
  format::TreeNodes nodes_of(std::uint64_t leaves) {
    format::TreeNodes nodes;
    std::array<std::byte, TreeHash::kBytes> hash{};
    for (std::uint64_t i = 0; i < leaves; ++i) {
      hash[0] = static_cast<std::byte>(i);
      hash[1] = static_cast<std::byte>(i >> 8);
      nodes.push(hasher_, TreeHash(hash));
    }
    return nodes;
  }

  void write(std::uint64_t leaves) {
    REQUIRE(write_tree_file(*directory_, store_, 3, nodes_of(leaves), leaves));
  }
  Result<std::unique_ptr<TreeFile>> open() { return TreeFile::open(*directory_, store_, 3); }

  void damage(std::uint64_t offset) { disk_.damage(name_, offset, as_bytes("damage")); }

  sim::SimDisk disk_;
  std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
  const Uuid store_ = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
  const std::string name_ = format::tree_file_name(3);
  format::TreeHasher hasher_;
};

}  // namespace

TEST_SUITE("proof") {
  TEST_CASE_FIXTURE(Fixture, "tree file: each node of a full one is what was written") {
    write(format::kTreeFileLeaves);
    const format::TreeNodes nodes = nodes_of(format::kTreeFileLeaves);
    const std::unique_ptr<TreeFile> file = std::move(open()).assume_value();
    CHECK(file->header().full());
    for (unsigned level = 0; level <= format::kTreeFileLevel; ++level) {
      const std::uint64_t count = format::kTreeFileLeaves >> level;
      for (const std::uint64_t index : {std::uint64_t{0}, count / 3, count / 2, count - 1}) {
        CHECK(file->node(hasher_, {level, index}).assume_value() == nodes.at({level, index}));
      }
    }
    CHECK(file->load(hasher_).assume_value().leaves() == format::kTreeFileLeaves);
  }

  TEST_CASE_FIXTURE(Fixture, "tree file: a longer one takes a shorter one's place") {
    write(300);
    CHECK(std::move(open()).assume_value()->load(hasher_).assume_value().leaves() == 300);
    write(301);
    CHECK(std::move(open()).assume_value()->load(hasher_).assume_value().leaves() == 301);
    CHECK(list_tree_files(*directory_).assume_value() == std::vector<std::uint64_t>{3});
  }

  TEST_CASE_FIXTURE(Fixture, "tree file: damage is found wherever it is, and the file named") {
    const auto check_error = [&](const Error& error) {
      CHECK(error.code() == Errc::corrupt);
      CHECK(error.message().find(name_) != std::string::npos);
    };
    CHECK(open().assume_error().code() == Errc::not_found);
    write(300);
    CHECK(TreeFile::open(*directory_, Uuid::random(), 3).assume_error().code() == Errc::corrupt);
    damage(format::kTreeFileHeaderBytes + 5000);
    check_error(std::move(open()).assume_value()->load(hasher_).assume_error());
    damage(20);
    check_error(open().assume_error());
    write(300);
    REQUIRE(directory_->rename(name_, format::tree_file_name(4), {"test"}));
    CHECK(TreeFile::open(*directory_, store_, 4).assume_error().code() == Errc::corrupt);

    write(format::kTreeFileLeaves);
    damage(format::kTreeFileHeaderBytes + 256 * TreeHash::kBytes);
    const std::unique_ptr<TreeFile> file = std::move(open()).assume_value();
    check_error(file->node(hasher_, {0, 5}).assume_error());
    CHECK(file->node(hasher_, {0, 256}));
    check_error(file->load(hasher_).assume_error());
  }

  TEST_CASE_FIXTURE(Fixture, "tree file: one that could not be written leaves the old one") {
    write(300);
    const format::TreeNodes longer = nodes_of(400);
    for (const auto& [call, site] : {std::pair{sim::Call::openat, "proof.create"},
                                     {sim::Call::pwrite, "proof.write"},
                                     {sim::Call::fsync, "proof.sync"},
                                     {sim::Call::renameat, "proof.rename"}}) {
      CAPTURE(site);
      disk_.add_fault({.call = call, .site = site, .error = ENOSPC});
      CHECK_FALSE(write_tree_file(*directory_, store_, 3, longer, 400));
      CHECK(std::move(open()).assume_value()->header().leaves == 300);
      CHECK(disk_.names() == std::vector<std::string>{name_});
    }
  }

  TEST_CASE_FIXTURE(Fixture, "tree file: what a crash left of one is removed, and nothing else") {
    for (const char* const name : {"0000000000000003.tree.tmp", "0000000000000003.segment.tmp"}) {
      REQUIRE(directory_->open(name, io::OpenMode::create_new, {"test"}));
    }
    REQUIRE(remove_unpublished_tree_files(*directory_));
    CHECK(disk_.names() == std::vector<std::string>{"0000000000000003.segment.tmp"});
  }
}

}  // namespace esker::proof
