"""Random choices that are the same for a seed in every version of Python, which promises that for `random()` alone."""

import random


class Seeded:
    def __init__(self, seed):
        self.source = random.Random(seed)

    def random(self):
        return self.source.random()

    def randrange(self, start, stop=None):
        if stop is None:
            start, stop = 0, start
        return start + int(self.source.random() * (stop - start))

    def choice(self, choices):
        return choices[self.randrange(len(choices))]
