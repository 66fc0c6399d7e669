from kdstudio.ui.teachers import born, label, over_time, title


def test_that_teachers_have_short_names():
    assert label([]) == ""
    assert label([{"kind": "frozen", "path": "/a/large.pt"}]) == "large"
    assert label([{"path": "/a/large.pt"}, {"path": "/a/b.pt"}, {"path": "c"}]) == "large + 2"
    assert label([{"kind": "peer", "path": ""}]) == "a peer"
    assert label([{"kind": "ema"}]) == "its own average"


def test_that_teachers_without_a_file_say_how_they_come_about():
    assert born([]) == ("", "")
    assert born([{"kind": "frozen", "path": "a.pt"}]) == ("", "")
    assert born([{"kind": "peer"}, {"kind": "peer"}])[0] == "2 peers that learn beside the student"
    assert born([{"kind": "peer", "student": {"architecture": "small_cnn"}}])[1].startswith("small cnn")


def test_that_a_teacher_that_came_into_being_in_the_run_is_named():
    names = [title([{"kind": kind}]) for kind in ("frozen", "peer", "ema", "past_self")]
    assert names == ["Teacher", "Its peers", "Its average", "Past self"]
    assert title([]) == "Teacher"


def test_that_a_chain_says_who_learns_one_after_the_other():
    same = {"distil": {}}
    assert over_time({"teachers": [{"path": "a.pt"}]}) == ""
    assert over_time({"teachers": [{"kind": "past_self"}]}) == "2 stages: generation 0, student"
    value = {"teachers": [{"path": "a.pt"}], "stages": [{"distil": {"student": "auto"}}, same, same]}
    assert over_time(value) == "3 stages: assistant 1, generation 0, student"
