#include "message.hpp"

#include <cassert>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "mpi_session.hpp"

namespace nxmc {

namespace {

// All ranks run one program on one kind of machine: numbers travel as they lie in memory.
class Packer {
 public:
  template <class T>
  void put(const T& value) requires std::is_trivially_copyable_v<T> {
    const auto* begin = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), begin, begin + sizeof(T));
  }
  template <class Container>
  void put_all(const Container& values) {
    put(static_cast<std::uint64_t>(values.size()));
    const auto raw = std::as_bytes(std::span(values));
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class T>
  T get() requires std::is_trivially_copyable_v<T> {
    T value;
    std::memcpy(&value, next(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <class Container>
  Container get_all() {
    Container values;
    values.resize(get<std::uint64_t>());
    const auto raw = next(values.size() * sizeof(typename Container::value_type));
    if (!raw.empty()) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }

 private:
  std::span<const std::byte> next(std::size_t size) {
    if (size > rest_.size()) throw std::runtime_error("a message between ranks is shorter than it says");
    const auto part = rest_.first(size);
    rest_ = rest_.subspan(size);
    return part;
  }
  std::span<const std::byte> rest_;
};

void put_status(Packer& out, const JobStatus& status) {
  out.put(status.state);
  out.put(status.pieces);
  out.put(status.started);
  out.put(status.finished);
  out.put(status.wall_seconds);
  out.put(status.numerics);
  out.put_all(status.program_version);
  out.put_all(status.host);
  out.put_all(status.reason);
}

JobStatus get_status(Unpacker& in) {
  JobStatus status;
  status.state = in.get<JobState>();
  status.pieces = in.get<std::uint32_t>();
  status.started = in.get<double>();
  status.finished = in.get<double>();
  status.wall_seconds = in.get<double>();
  status.numerics = in.get<std::int32_t>();
  status.program_version = in.get_all<std::string>();
  status.host = in.get_all<std::string>();
  status.reason = in.get_all<std::string>();
  return status;
}

void put_record(Packer& out, const Record& record) {
  out.put_all(record.values);
  out.put_all(record.summary);
  out.put_all(record.profile);
  out.put_all(record.configurations);
  out.put_all(record.final_state);
  out.put(record.truncated);
}

Record get_record(Unpacker& in) {
  Record record;
  record.values = in.get_all<std::vector<double>>();
  record.summary = in.get_all<std::vector<double>>();
  record.profile = in.get_all<std::vector<double>>();
  record.configurations = in.get_all<std::vector<std::uint8_t>>();
  record.final_state = in.get_all<std::vector<std::uint8_t>>();
  record.truncated = in.get<bool>();
  return record;
}

}  // namespace

std::vector<std::byte> pack(const WorkerReport& report) {
  Packer out;
  out.put(report.stopped);
  out.put(report.given_back.has_value());
  out.put(report.given_back.value_or(0));
  out.put(static_cast<std::uint64_t>(report.jobs.size()));
  for (const CompletedJob& job : report.jobs) {
    out.put(job.job);
    put_status(out, job.status);
    put_record(out, job.record);
    out.put(job.payload_written);
    out.put(job.payload_checksum);
  }
  return out.take();
}

WorkerReport unpack_report(std::span<const std::byte> bytes) {
  Unpacker in(bytes);
  WorkerReport report;
  report.stopped = in.get<bool>();
  const bool answers_recall = in.get<bool>();
  const auto given_back = in.get<std::uint64_t>();
  if (answers_recall) report.given_back = given_back;
  const auto jobs = in.get<std::uint64_t>();
  for (std::uint64_t k = 0; k < jobs; ++k) {
    CompletedJob job;
    job.job = in.get<std::uint64_t>();
    job.status = get_status(in);
    job.record = get_record(in);
    job.payload_written = in.get<bool>();
    job.payload_checksum = in.get<std::uint64_t>();
    report.jobs.push_back(std::move(job));
  }
  return report;
}

std::optional<Received> poll_message(MPI_Comm comm) {
  int arrived = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  check_mpi(MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &arrived, &message, &status), "MPI_Improbe");
  if (arrived == 0) return std::nullopt;
  int size = 0;
  check_mpi(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  Received received{status.MPI_SOURCE, static_cast<Tag>(status.MPI_TAG),
                    std::vector<std::byte>(static_cast<std::size_t>(size))};
  check_mpi(MPI_Mrecv(received.bytes.data(), size, MPI_BYTE, &message, &status), "MPI_Mrecv");
  return received;
}

Outbox::~Outbox() {
  for (Pending& pending : pending_) MPI_Wait(&pending.request, MPI_STATUS_IGNORE);
}

void Outbox::send(int destination, Tag tag, std::vector<std::byte> bytes) {
  forget_sent();
  Pending& pending = pending_.emplace_back(Pending{std::move(bytes)});
  assert(pending.bytes.size() < (std::size_t{1} << 31));
  check_mpi(MPI_Isend(pending.bytes.data(), static_cast<int>(pending.bytes.size()), MPI_BYTE, destination,
                      static_cast<int>(tag), comm_, &pending.request),
            "MPI_Isend");
}

void Outbox::send(int destination, Tag tag, std::span<const std::uint64_t> numbers) {
  const auto bytes = std::as_bytes(numbers);
  send(destination, tag, std::vector<std::byte>(bytes.begin(), bytes.end()));
}

void Outbox::flush() {
  for (Pending& pending : pending_) check_mpi(MPI_Wait(&pending.request, MPI_STATUS_IGNORE), "MPI_Wait");
  pending_.clear();
}

void Outbox::forget_sent() {
  for (auto pending = pending_.begin(); pending != pending_.end();) {
    int done = 0;
    check_mpi(MPI_Test(&pending->request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    pending = done != 0 ? pending_.erase(pending) : std::next(pending);
  }
}

std::vector<std::uint64_t> to_numbers(std::span<const std::byte> bytes) {
  std::vector<std::uint64_t> numbers(bytes.size() / sizeof(std::uint64_t));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(std::uint64_t));
  return numbers;
}

}  // namespace nxmc
