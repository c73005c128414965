// How long a run waits for what does not answer: all such times are here.
#pragma once

namespace nxmc {

/// In seconds.
struct Patience {
  /// How often ranks give a sign of life.
  double beat_every = 2;
  /// Who gives none for so long is named, and nobody waits for it any longer than that.
  double silent_after = 60;
  /// A run that has to stop waits so long for who gives none.
  double at_stop = 8;
  /// A run that has outlived its time limit by so much is ended whatever it does …
  double after_limit = 10;
  /// … which takes no longer than this.
  double last_words = 2;
  /// Whoever has not looked for so long stood still itself, and learned nothing of others.
  double own_standstill = 5;
};

}  // namespace nxmc
