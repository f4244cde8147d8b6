#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crash/campaign.hpp"

namespace esker::crash {

/// Which of the things that a campaign is about have not happened, or too seldom: a campaign that is green may have been blind. A
/// line each, to people.
std::vector<std::string> missed_floors(const CampaignResult& result);

/// One line with the figures, to people.
std::string to_line(const CampaignResult& result, unsigned jobs);

/// The same and more as one JSON object without line feeds (tests/README.md, "What a campaign prints").
std::string to_json(const CampaignResult& result, const CampaignOptions& options,
                    std::string_view version);

/// What a failure was, the command that replays it, and its operations.
std::string to_text(const FailedRun& failed);

}  // namespace esker::crash
