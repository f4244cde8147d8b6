// Courses with a capacity, and students who may take so many courses: a rule that spans two entities, without a stream that owns it.
//
// The example of https://dcb.events/examples/course-subscriptions/ on Esker. An event carries the tags of all that it is about. Who decides
// reads what the decision rests on, by tags, and appends under the condition that none of it has come since. Two students may race for the
// last place: one of them is told, reads again, and is turned away by the rule.
//
//   course_subscriptions [DIRECTORY]     default: a temporary one, which is removed
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "esker/store.hpp"

using esker::Result, esker::Store, esker::QueryItem, esker::Position;

namespace {

constexpr std::uint64_t kCoursesOfStudentMax = 5;

std::string course_tag(const std::string& course) { return "course=" + course; }
std::string student_tag(const std::string& student) { return "student=" + student; }

/// What a decision rests on, and up to where the log has been read for it.
struct Decision {
  esker::Condition boundary;
  bool course_exists = false;
  std::uint64_t capacity = 0;
  std::uint64_t students_of_course = 0;
  std::uint64_t courses_of_student = 0;
  bool already_subscribed = false;
};

/// Reads all that was ever decided about the course, and all that the student has subscribed to.
Result<Decision> read(const Store& store, const std::string& course, const std::string& student) {
  Decision decision;
  decision.boundary.filter.items = {
      {{"CourseDefined", "CapacityChanged", "StudentSubscribed"}, {course_tag(course)}},
      {{"StudentSubscribed"}, {student_tag(student)}}};
  // Taken before reading: what comes in between makes the condition fail for nothing, never the other way round.
  decision.boundary.after = store.info().head;
  ESKER_TRY(auto events, store.read({.items = decision.boundary.filter.items,
                                     .as_of = decision.boundary.after}));
  while (true) {
    ESKER_TRY(const auto event, events.next());
    if (!event) return decision;
    const bool of_course = event->tags.contains(course_tag(course));
    const bool of_student = event->tags.contains(student_tag(student));
    if (event->type == "StudentSubscribed") {
      decision.students_of_course += of_course ? 1 : 0;
      decision.courses_of_student += of_student ? 1 : 0;
      decision.already_subscribed = decision.already_subscribed || (of_course && of_student);
    } else {
      decision.course_exists = true;
      decision.capacity = std::stoull(std::string(esker::as_text(event->data)));
    }
  }
}

/// The rules. Empty: nothing stands against it.
std::string objection(const Decision& decision) {
  if (!decision.course_exists) return "there is no such course";
  if (decision.already_subscribed) return "already subscribed";
  if (decision.students_of_course >= decision.capacity) return "the course is full";
  if (decision.courses_of_student >= kCoursesOfStudentMax) return "the student has enough courses";
  return "";
}

Result<esker::AppendResult> append(Store& store, const std::string& stream, const std::string& type,
                                   const std::string& data, const esker::Tags& tags,
                                   const esker::Condition& condition) {
  const esker::NewEvent event{esker::EventId::random(), type, esker::as_bytes(data), {}, tags};
  const esker::StreamAppend events{stream, esker::Expected::any(), std::span(&event, 1)};
  return store.append({std::span(&events, 1), &condition});
}

Result<void> define_course(Store& store, const std::string& course, std::uint64_t capacity) {
  // A course is defined once: no event of that kind may be there at all.
  const esker::Condition undefined{{{}, {{{"CourseDefined"}, {course_tag(course)}}}}, {}};
  const esker::Tags tags{course_tag(course)};
  ESKER_TRY(append(store, "course-" + course, "CourseDefined", std::to_string(capacity), tags,
                   undefined));
  return esker::ok();
}

/// Subscribes, or says why not.
Result<std::string> subscribe(Store& store, const std::string& course, const std::string& student) {
  while (true) {
    ESKER_TRY(const Decision decision, read(store, course, student));
    if (std::string against = objection(decision); !against.empty()) return against;
    const esker::Tags tags{course_tag(course), student_tag(student)};
    const auto appended =
        append(store, "course-" + course, "StudentSubscribed", "{}", tags, decision.boundary);
    if (appended) return std::string("subscribed");
    // Somebody was faster, in what this decision rests on: it is made anew.
    if (appended.assume_error().code() != esker::Errc::condition_failed) {
      return appended.assume_error().clone();
    }
  }
}

/// Thirty students at once, on four threads, for ten places.
Result<std::uint64_t> rush(Store& store) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, thread] {
      for (int i = thread; i < 30; i += 4) {
        if (!subscribe(store, "algebra", "s" + std::to_string(i))) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ESKER_TRY(const Decision decision, read(store, "algebra", "nobody"));
  return decision.students_of_course;
}

Result<void> run(const std::string& directory) {
  ESKER_TRY(Store store, Store::open(directory));
  ESKER_TRY(define_course(store, "algebra", 10));
  const auto again = define_course(store, "algebra", 20);
  std::cout << "algebra again: " << (again ? "defined" : again.assume_error().message()) << '\n';

  ESKER_TRY(const std::uint64_t subscribed, rush(store));
  std::cout << "students of algebra: " << subscribed << " of 10 places\n";
  ESKER_TRY(const std::string late, subscribe(store, "algebra", "late"));
  std::cout << "one more: " << late << '\n';

  for (std::uint64_t i = 0; i <= kCoursesOfStudentMax; ++i) {
    const std::string course = "c" + std::to_string(i);
    ESKER_TRY(define_course(store, course, 3));
    ESKER_TRY(const std::string told, subscribe(store, course, "eager"));
    std::cout << "eager, course " << i + 1 << ": " << told << '\n';
  }
  ESKER_TRY(store.close());
  return subscribed == 10 && late == "the course is full"
             ? esker::ok()
             : Result<void>(esker::Error(esker::Errc::corrupt, "the rules were broken"));
}

}  // namespace

int main(int count, char** arguments) {
  const bool own = count < 2;
  std::string pattern = (std::filesystem::temp_directory_path() / "courses-XXXXXX").string();
  const std::string directory = own ? ::mkdtemp(pattern.data()) : arguments[1];
  const Result<void> done = run(directory);
  if (own) std::filesystem::remove_all(directory);
  if (done) return 0;
  std::cerr << done.assume_error().message() << '\n';
  return 1;
}
