"""Expected trouble: what is in the way and what to do about it, told without a traceback."""


class CommandError(Exception):
    """An error that the user can fix; `advice` says how."""

    def __init__(self, problem: str, advice: str = ""):
        super().__init__(f"{problem}\n{advice}")
        self.problem = problem
        self.advice = advice
