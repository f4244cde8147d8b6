#include "server/native/append.hpp"

#include "server/native/session.hpp"

namespace esker::server {

void begin_append(Store& store, std::unique_ptr<AppendRequest> append) {
  const NewCommit commit = append->parsed.commit();
  // The store's threads only leave the answer with the loop, which takes all that a group commit brought in one batch.
  store.append_async(commit, [append = std::move(append)](Result<AppendResult> result) mutable {
    append->result.emplace(std::move(result));
    const std::shared_ptr<Loop> loop = append->session->loop();
    loop->post([append = std::move(append)]() mutable {
      Session& session = *append->session;
      session.append_answered(std::move(append));
    });
  });
}

}  // namespace esker::server
