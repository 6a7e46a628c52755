"""What stops a build: problems told so that a person knows which file, what was expected and what to do."""


class BuildStopped(Exception):
    """The build cannot be published. The last release stays as it is."""


class FileProblem(BuildStopped):
    """A released file that cannot be read as what its source.yml says it is."""

    def __init__(self, file: str, found: str, remedy: str) -> None:
        self.file, self.found, self.remedy = file, found, remedy
        super().__init__(f"{file}: {found}. {remedy}")


class FileProblems(BuildStopped):
    """Several unreadable files at once, so that one build names them all."""

    def __init__(self, problems: list[FileProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
