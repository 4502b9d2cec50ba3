"""Expected errors: what is wrong and what to do, printed without a traceback."""


class CommandError(Exception):
    """An error that the user can fix; `advice` says how."""

    def __init__(self, problem: str, advice: str = ""):
        super().__init__(f"{problem}\n{advice}")
        self.problem = problem
        self.advice = advice
