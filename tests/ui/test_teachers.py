from kdstudio.ui.teachers import born, label


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
