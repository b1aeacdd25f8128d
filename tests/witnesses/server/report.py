"""What was counted, and what the client did wrong."""

import threading
from collections import Counter


class Report:
    def __init__(self):
        self._lock = threading.Lock()
        self._counts = Counter()
        self._complaints = []

    def count(self, what, by=1):
        with self._lock:
            self._counts[what] += by

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
                "shells_left": len(shells),
            }
