"""Expected trouble: what is in the way and what to do about it, told without a traceback."""


class CommandError(Exception):
    """Something that the person at the keyboard can mend; `advice` says how."""

    def __init__(self, problem: str, advice: str = ""):
        super().__init__(f"{problem}\n{advice}")
        self.problem = problem
        self.advice = advice
