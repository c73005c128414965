#include "help_channel.hpp"

#include <cstring>
#include <stdexcept>

#include "worker.hpp"

namespace nxmc {

HelpChannel::HelpChannel(MPI_Comm world)
    : comm_(Communicator::copy(world)),
      rank_(comm_.rank()),
      outbox_(comm_.get()),
      sent_(static_cast<std::size_t>(comm_.size())),
      received_(sent_.size()) {}

void HelpChannel::send(int to, Tag tag, const Subject& subject, std::span<const std::byte> body) {
  std::vector<std::byte> bytes(sizeof subject + body.size());
  std::memcpy(bytes.data(), &subject, sizeof subject);
  if (!body.empty()) std::memcpy(bytes.data() + sizeof subject, body.data(), body.size());
  ++sent_.at(static_cast<std::size_t>(to));
  outbox_.send(to, tag, std::move(bytes));
}

std::optional<HelpMessage> HelpChannel::poll() {
  const auto received = poll_message(comm_.get());
  if (!received) return std::nullopt;
  ++received_.at(static_cast<std::size_t>(received->source));
  HelpMessage message{.source = received->source, .tag = received->tag, .subject = {}, .body = {}};
  if (received->bytes.size() < sizeof message.subject) throw std::runtime_error("a message of helpers is too short");
  std::memcpy(&message.subject, received->bytes.data(), sizeof message.subject);
  message.body.assign(received->bytes.begin() + sizeof message.subject, received->bytes.end());
  return message;
}

void HelpChannel::drain() {
  std::vector<std::uint64_t> expected(sent_.size());
  check_mpi(MPI_Alltoall(sent_.data(), 1, MPI_UINT64_T, expected.data(), 1, MPI_UINT64_T, comm_.get()), "MPI_Alltoall");
  while (received_ != expected)
    if (!poll()) rest();
  outbox_.flush();
}

}  // namespace nxmc
