#!/usr/bin/env python3
"""A policy for seabus that remembers: a VM that has lost more than three pages is stopped before it loses the next."""
import collections
import threading

from policy import Policy, decide, serve

MOST_PAGES = 3
KEPT_ANSWERS = 1000

pages_of = collections.defaultdict(set)
answers = collections.OrderedDict()
lock = threading.Lock()


class Remembering(Policy):
    def answer(self, question):
        # The id stays the same when a question comes again, as after a lost answer: it is answered alike, and counts once.
        asked = (self.machine, self.headers["ce-id"])
        with lock:
            if asked in answers:
                return answers[asked]
            answer = self.first_answer(question)
            if self.headers["ce-id"] is not None:
                answers[asked] = answer
                if len(answers) > KEPT_ANSWERS:
                    answers.popitem(last=False)
            return answer

    def first_answer(self, question):
        # Every run has a machine of its own; a VM that gets the name of another one has another number.
        pages = pages_of[self.machine, question["vm"], question.get("vmNumber")]
        pages.add(question["guest"].get("guestPhysical"))
        pages.discard(None)
        if len(pages) > MOST_PAGES:
            return {"action": "stop-vm", "because": f"it has lost {len(pages)} pages: better moved than nursed"}
        return decide(question)


if __name__ == "__main__":
    serve(Remembering)
