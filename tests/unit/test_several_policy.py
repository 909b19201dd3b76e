"""``together`` in policy.yaml: read from the file, kept with the policy, said in words."""

from __future__ import annotations

from pathlib import Path

from bot.brand_folder import init, load
from bot.brand_folder.loading import known_platforms
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule
from bot.store import desk as rows
from bot.workflow import policy_words
from tests.world import World, brand


def together(policy: ApprovalPolicy) -> list[bool]:
    return [isinstance(rule.outcome, Ask) and rule.outcome.together for rule in policy.rules]


def test_it_is_kept_and_said(world: World) -> None:
    signs = Ask(together=True)
    world.learn(brand(), ApprovalPolicy((PolicyRule("one", Conditions(), signs), PolicyRule("two"))))
    with world.db.read() as conn:
        _, found, _ = rows.load_brand(conn, "lumen")
    assert together(found) == [True, False]
    assert "one press" in policy_words.outcome(signs, brand())
    assert "one press" not in policy_words.outcome(Ask(), brand())


def test_it_is_read_from_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "brand"
    init(folder)
    file = folder / "policy.yaml"
    assert together(load(folder, platforms=known_platforms()).require().policy) == [False, False]
    file.write_text(
        file.read_text().replace("      four_eyes: false\n", "      four_eyes: false\n      together: true\n")
    )
    assert together(load(folder, platforms=known_platforms()).require().policy) == [False, True]
