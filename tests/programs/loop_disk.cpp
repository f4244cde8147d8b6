#include "programs/loop_disk.hpp"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "io/descriptor.hpp"
#include "programs/process.hpp"

namespace esker::support {

namespace {

constexpr const char* kMakeExt4 = "/usr/sbin/mkfs.ext4";
constexpr std::uint64_t kImageBytes = 32U << 20;
/// What the tmpfs has besides the image.
constexpr std::uint64_t kSpareBytes = 1U << 20;
constexpr std::uint64_t kPageBytes = 4096;
/// How often a free device may be snatched away by others.
constexpr int kAttemptsMax = 100;

/// A loop device; the kernel takes it back when nobody has it open or mounted.
struct LoopDevice {
  explicit LoopDevice(int number)
      : name("loop" + std::to_string(number)),
        descriptor(::open(("/dev/" + name).c_str(), O_RDWR | O_CLOEXEC)) {}

  const std::string name;
  const io::Descriptor descriptor;
};

Result<std::unique_ptr<LoopDevice>> attach(const std::string& image) {
  const io::Descriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (control.number() < 0) return not_allowed("loop devices");
  const io::Descriptor file(::open(image.c_str(), O_RDWR | O_CLOEXEC));
  ESKER_ASSERT_VALUES(file.number() >= 0, std::strerror(errno));
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(file.number());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const int number = ::ioctl(control.number(), LOOP_CTL_GET_FREE);
    if (number < 0) return not_allowed("free loop device");
    auto device = std::make_unique<LoopDevice>(number);
    if (device->descriptor.number() < 0) return not_allowed("/dev/" + device->name);
    if (::ioctl(device->descriptor.number(), LOOP_CONFIGURE, &config) == 0) return device;
    if (errno != EBUSY) return not_allowed("loop device for a file");
  }
  return not_allowed("loop device that others leave alone");
}

/// Errors: `not_supported`, when the kernel has no such setting or the user may not change it.
Result<void> write_setting(const std::string& path, const std::string& value) {
  const io::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number() < 0) return not_allowed(path);
  if (::write(file.number(), value.data(), value.size()) < 0) return not_allowed(path);
  return ok();
}

/// Where a file has all its zeros behind its last other byte: the first whole page of them.
std::uint64_t end_of_use(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t last = bytes.find_last_not_of('\0');
  return base::align_up(last == std::string::npos ? 0 : last + 1, kPageBytes);
}

/// Bytes of the device that hold bytes of a file.
struct Extent {
  std::uint64_t begin;
  std::uint64_t bytes;
};

/// Where on the device the bytes of `file` from `begin` on lie.
std::vector<Extent> extents_of(const std::string& file, std::uint64_t begin) {
  constexpr std::uint32_t kExtentsMax = 256;
  fiemap head{};
  head.fm_start = begin;
  head.fm_length = FIEMAP_MAX_OFFSET - begin;
  head.fm_flags = FIEMAP_FLAG_SYNC;
  head.fm_extent_count = kExtentsMax;
  // The extents follow the head at once.
  alignas(fiemap) std::array<std::byte, sizeof(fiemap) + kExtentsMax * sizeof(fiemap_extent)>
      request;
  std::memcpy(request.data(), &head, sizeof head);
  const io::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  ESKER_ASSERT_VALUES(::ioctl(descriptor.number(), FS_IOC_FIEMAP, request.data()) == 0,
                      std::strerror(errno));
  std::memcpy(&head, request.data(), sizeof head);
  std::vector<fiemap_extent> extents(head.fm_mapped_extents);
  ESKER_ASSERT_VALUES(!extents.empty() && extents.size() < kExtentsMax, extents.size());
  std::memcpy(extents.data(), request.data() + sizeof head, extents.size() * sizeof(fiemap_extent));
  std::vector<Extent> found;
  for (const fiemap_extent& extent : extents) {
    ESKER_ASSERT_VALUES((extent.fe_flags & ~std::uint32_t{FIEMAP_EXTENT_LAST}) == 0,
                        extent.fe_flags);  // else its blocks are not where it says
    const std::uint64_t cut = begin > extent.fe_logical ? begin - extent.fe_logical : 0;
    found.push_back({extent.fe_physical + cut, extent.fe_length - cut});
  }
  return found;
}

}  // namespace

LoopDisk::LoopDisk(std::unique_ptr<SmallTmpfs> tmpfs)
    : tmpfs_(std::move(tmpfs)), image_(*tmpfs_ / "image"), where_(*tmpfs_ / "mounted") {}

LoopDisk::~LoopDisk() { restore_requests(); }

Result<std::unique_ptr<LoopDisk>> LoopDisk::make() {
  ESKER_TRY(std::unique_ptr<SmallTmpfs> tmpfs, SmallTmpfs::make(kImageBytes + kSpareBytes));
  std::unique_ptr<LoopDisk> made(new LoopDisk(std::move(tmpfs)));
  ESKER_TRY(made->make_file_system());
  ESKER_TRY(made->mount());
  return made;
}

Result<void> LoopDisk::make_file_system() {
  if (::access(kMakeExt4, X_OK) != 0) return not_allowed(kMakeExt4);
  ESKER_ASSERT_VALUES(::mkdir(where_.c_str(), 0700) == 0, std::strerror(errno));
  const io::Descriptor file(::open(image_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ESKER_ASSERT_VALUES(::ftruncate(file.number(), kImageBytes) == 0, std::strerror(errno));
  // Blocks of a page each, so that losing a page of the image loses nothing else. Nothing is left to be written later.
  const Finished made = run({{kMakeExt4, "-q", "-F", "-b", std::to_string(kPageBytes), "-E",
                              "lazy_itable_init=0,lazy_journal_init=0,nodiscard", image_},
                             {}});
  ESKER_ASSERT_VALUES(made.exit.code == 0, made.error);
  // Afterwards, since mkfs.ext4 makes holes where it wants zeros.
  const int error = ::posix_fallocate(file.number(), 0, kImageBytes);
  ESKER_ASSERT_VALUES(error == 0, std::strerror(error));
  return ok();
}

Result<void> LoopDisk::mount() {
  ESKER_TRY(const std::unique_ptr<LoopDevice> device, attach(image_));
  ESKER_TRY(Mounted mounted,
            Mounted::mount({"/dev/" + device->name, "ext4", "errors=remount-ro"}, where_));
  device_ = device->name;
  mounted_.emplace(std::move(mounted));
  return ok();
}

void LoopDisk::unmount() {
  mounted_->unmount();
  mounted_.reset();
}

Result<void> LoopDisk::break_end_of(const std::string& file) {
  // A page at a time: of a longer request whose first page has its block, the driver takes the part that it could write for the whole.
  const std::string setting = request_setting();
  std::getline(std::ifstream(setting), usual_request_kib_);
  ESKER_TRY(write_setting(setting, std::to_string(kPageBytes / 1024)));
  const io::Descriptor image(::open(image_.c_str(), O_RDWR | O_CLOEXEC));
  for (const Extent& extent : extents_of(file, end_of_use(file))) {
    ESKER_ASSERT_VALUES(
        ::fallocate(image.number(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    static_cast<off_t>(extent.begin), static_cast<off_t>(extent.bytes)) == 0,
        std::strerror(errno));
  }
  tmpfs_->fill();
  return ok();
}

void LoopDisk::mend() {
  tmpfs_->clear();
  restore_requests();
}

Result<void> LoopDisk::turn_read_only() {
  return write_setting("/sys/fs/ext4/" + device_ + "/trigger_fs_error", "1");
}

std::string LoopDisk::request_setting() const {
  return "/sys/block/" + device_ + "/queue/max_sectors_kb";
}

void LoopDisk::restore_requests() {
  if (usual_request_kib_.empty()) return;
  const Result<void> restored = write_setting(request_setting(), usual_request_kib_);
  ESKER_ASSERT(restored.has_value());
  usual_request_kib_.clear();
}

}  // namespace esker::support
