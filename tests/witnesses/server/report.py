"""What was counted, and what the client did wrong."""

import threading
from collections import Counter


class Report:
    def __init__(self):
        self._lock = threading.Lock()
        self._counts = Counter()
        self._complaints = []
        self._people = Counter()
        self._refusals = []

    def count(self, what, by=1):
        with self._lock:
            self._counts[what] += by

    def largest(self, what, size):
        with self._lock:
            self._counts[what] = max(self._counts[what], size)

    def welcome(self, person):
        with self._lock:
            self._people[person] += 1

    def refuse(self, why):
        """A sign-in that the client must be told is worth nothing."""
        with self._lock:
            self._counts["refused_sign_ins"] += 1
            self._refusals.append(why)

    def complain(self, text):
        """Something that no correct client does."""
        with self._lock:
            self._complaints.append(text)

    def require(self, holds, text):
        if not holds:
            self.complain(text)

    def summary(self, shells):
        with self._lock:
            return {
                "counts": dict(self._counts),
                "complaints": self._complaints,
                "people": dict(self._people),
                "refusals": self._refusals,
                "shells_left": len(shells),
            }
