"""Why something local could not be started, told to a person."""


class CannotStart(Exception):
    """One sentence that says what is missing, and what to do about it.

    Attributes:
        remedy: the sentence's second half, for `interlock doctor`, which shows it apart.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy
