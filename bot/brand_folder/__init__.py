"""A brand as a folder of files that people edit and keep in git: read it, check it, start a new one.

``load(folder)`` gives the brand, its policy and every problem; ``check(folder)`` only the problems, each with file
and line; ``init(folder)`` writes a commented folder to begin with. The files are explained in docs/brand-folder.md.
"""

from bot.brand_folder.loading import LoadedFolder, check, load
from bot.brand_folder.problems import FolderProblem
from bot.brand_folder.starting import init

__all__ = ["FolderProblem", "LoadedFolder", "check", "init", "load"]
