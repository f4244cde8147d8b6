#include "io/file_system.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace esker::io {
namespace {

struct KnownType {
  std::uint32_t type;
  FileSystemKind kind;
  std::string_view name;
};

// The numbers are written out because linux/magic.h lacks those of file systems outside the kernel tree.
constexpr KnownType kKnownTypes[] = {
    {0x0000ef53, FileSystemKind::local, "ext4"},  // ext2, ext3 and ext4 share it
    {0x58465342, FileSystemKind::local, "xfs"},
    {0x9123683e, FileSystemKind::local, "btrfs"},
    {0x2fc12fc1, FileSystemKind::local, "zfs"},
    {0xf2f52010, FileSystemKind::local, "f2fs"},
    {0xca451a4e, FileSystemKind::local, "bcachefs"},
    {0x3153464a, FileSystemKind::local, "jfs"},
    {0x52654973, FileSystemKind::local, "reiserfs"},
    {0x00003434, FileSystemKind::local, "nilfs2"},
    {0x5346544e, FileSystemKind::local, "ntfs"},
    {0x7366746e, FileSystemKind::local, "ntfs3"},
    {0x00004d44, FileSystemKind::local, "vfat"},
    {0x2011bab0, FileSystemKind::local, "exfat"},
    {0x01021994, FileSystemKind::volatile_, "tmpfs"},
    {0x858458f6, FileSystemKind::volatile_, "ramfs"},
    {0x794c7630, FileSystemKind::volatile_, "overlay"},
    {0x00006969, FileSystemKind::remote, "nfs"},
    {0xff534d42, FileSystemKind::remote, "cifs"},
    {0xfe534d42, FileSystemKind::remote, "smb2"},
    {0x0000517b, FileSystemKind::remote, "smb"},
    {0x01021997, FileSystemKind::remote, "9p"},
    {0x65735546, FileSystemKind::remote, "fuse"},
    {0x00c36400, FileSystemKind::remote, "ceph"},
    {0x5346414f, FileSystemKind::remote, "afs"},
    {0x73757245, FileSystemKind::remote, "coda"},
    {0x0bd00bd0, FileSystemKind::remote, "lustre"},
    {0x47504653, FileSystemKind::remote, "gpfs"},
    {0x786f4256, FileSystemKind::remote, "vboxsf"},
};

}  // namespace

FileSystem file_system_of(std::uint32_t type) {
  for (const KnownType& known : kKnownTypes) {
    if (known.type == type) return {known.kind, std::string(known.name)};
  }
  std::array<char, 16> number{};
  std::snprintf(number.data(), number.size(), "0x%x", type);
  return {FileSystemKind::local, number.data()};
}

Result<void> check_file_system(const std::string& path, const FileSystem& found,
                               bool allow_remote) {
  if (found.kind != FileSystemKind::remote || allow_remote) return ok();
  return Error(Errc::not_supported,
               "cannot use " + path + ": it is on " + found.name +
                   ", which does not promise that synced data and locks hold; use a local disk, or "
                   "allow this file system explicitly");
}

}  // namespace esker::io
