"""Data sets of texts: every publisher's oddity is honoured."""

from __future__ import annotations

import json

import pytest

from mmcli.core.errors import InputError, UsageError


def test_imdb(source, run):
    files = {
        f"aclImdb/{s}/{f}/{i}_{r}.txt": f"{s} {f} {i}<br />"
        for s in ("train", "test")
        for f, r in (("pos", 9), ("neg", 2))
        for i in range(3)
    }
    files |= {f"aclImdb/train/unsup/{i}_0.txt": "unlabelled" for i in range(4)}
    files |= {"aclImdb/imdb.vocab": "the\n", "aclImdb/train/urls_pos.txt": "http://x", "aclImdb/train/labeledBow.feat": "9 0:1"}
    files |= {"aclImdb/test/pos/77_8.txt": b"\xff\xfe\xfa", "aclImdb/test/pos/78_8.txt": " \n"}
    path = source(files)
    got = run("imdb", path)
    assert got.splits == {"train": 6, "test": 6}
    assert len(set(got.column("id"))) == 12
    assert ("train-neg-0_2", "neg", "train", 2, "train neg 0<br />") in got.column("id", "label", "split", "meta_rating", "review")
    assert sorted(got.codes) == ["TXT_EMPTY", "TXT_ENCODING"]
    assert list(got.manifest["summary"]["left_out"].values()) == [4]
    assert run("imdb", path, unlabelled=True, out="all").splits == {"train": 10, "test": 6}


SENTENCES = ["It 's a café film -LRB- good -RRB- .", "Bad | indeed", '"Quoted', "Plain , 1/2", "Best"]
VALUES = [0.2, 0.21, 0.6, 0.0, 1.0]


def sst_tables() -> dict[str, bytes | str]:
    def twice(text: str) -> bytes:
        return text.encode().decode("latin-1").encode()

    phrases = [s.replace("-LRB-", "(").replace("-RRB-", ")") for s in SENTENCES]
    root = "stanfordSentimentTreebank/"
    return {
        root + "datasetSentences.txt": twice(
            "sentence_index\tsentence\n" + "".join(f"{i}\t{s}\n" for i, s in enumerate(SENTENCES, 1)) + "6\tUnknown\n"
        ),
        root + "datasetSplit.txt": "sentence_index,splitset_label\n1,1\n2,2\n3,3\n4,1\n5,1\n6,1\n",
        root + "dictionary.txt": "".join(f"{p}|{i}\n" for i, p in enumerate(phrases)).encode(),
        root + "sentiment_labels.txt": "phrase ids|sentiment values\n" + "".join(f"{i}|{v}\n" for i, v in enumerate(VALUES)),
        root + "README.txt": "about",
    }


def test_sst5_from_tables(source, run):
    got = run("sst5", source(sst_tables()))
    assert got.column("label", "split") == [("0", "train"), ("1", "test"), ("2", "val"), ("0", "train"), ("4", "train")]
    assert got.column("sentence")[0] == "It 's a café film ( good ) ."
    assert got.codes == ["UNPAIRED"]


def test_sst5_from_trees(source, run):
    tree = "(3 (2 (2 -LRB-) (2 It)) (4 (2 's) (2 1\\/2)))"
    got = run(
        "sst5",
        source({f"trees/{name}.txt": f"{tree}\n(0 (1 Bad) (0 film))\n" for name in ("train", "dev", "test")} | {"trees/x.txt": "no"}),
    )
    assert got.splits == {"train": 2, "val": 2, "test": 2}
    assert set(got.column("sentence", "label")) == {("( It 's 1/2", "3"), ("Bad film", "0")}


def snli_rows() -> list[dict[str, str]]:
    return [
        {
            "gold_label": label,
            "sentence1": f'A "man {i}',
            "sentence2": f"He\u2028 sleeps {i}",
            "captionID": f"{i // 3}.jpg#{i}",
            "pairID": f"{i}.jpg#0e",
        }
        for i, label in enumerate(["entailment", "neutral", "contradiction", "-"] * 3)
    ]


@pytest.mark.parametrize("kind", ["jsonl", "txt"])
def test_snli(source, run, kind):
    def table(rows):
        if kind == "jsonl":
            return "".join(json.dumps(row) + "\n" for row in rows)
        return "\t".join(rows[0]) + "\n" + "".join("\t".join(row.values()) + "\n" for row in rows)

    rows = snli_rows()
    got = run(
        "snli",
        source(
            {f"snli_1.0/snli_1.0_{s}.{kind}": table(part) for s, part in (("train", rows[:8]), ("dev", rows[8:10]), ("test", rows[10:]))}
        ),
    )
    assert got.splits == {"train": 6, "val": 2, "test": 1}
    assert list(got.manifest["summary"]["left_out"].values()) == [3]
    row = next(row for row in got.rows if row["id"] == "1.jpg#0e")
    assert row | {"split": ""} == {
        "id": "1.jpg#0e", "label": "neutral", "split": "", "group": "0.jpg", "premise": 'A "man 1', "hypothesis": "He\u2028 sleeps 1",
        "meta_caption_id": "0.jpg#1",
    }  # fmt: skip


def squad_body(version: str) -> str:
    def question(i, answers, **more):
        return {"id": f"{version}-q{i}", "question": f"What {i}?", "answers": answers, **more}

    context = "  😀 Paris is in France.\n"
    questions = [
        question(0, [{"text": "Paris", "answer_start": context.index("Paris")}]),
        question(1, [{"text": "Paris", "answer_start": 0}]),
    ]
    if version == "v2.0":
        questions.append(question(2, [], is_impossible=True))
    return json.dumps({"version": version, "data": [{"title": "France", "paragraphs": [{"context": context, "qas": questions}]}]})


def test_squad_offsets_count_code_points(source, run):
    got = run("squad", source({"train-v1.1.json": squad_body("v1.1"), "sub/dev-v1.1.json": squad_body("v1.1").replace("v1.1-q", "dev-q")}))
    expected = [("dev-q0", "Paris", "val", "France"), ("v1.1-q0", "Paris", "train", "France")]
    assert sorted(got.column("id", "answer", "split", "group")) == expected
    assert got.rows[0]["context"].startswith("  😀")
    assert got.codes == ["ROW_INVALID", "ROW_INVALID"]
    assert got.manifest["summary"]["published"] == {"train": 87_599, "val": 10_570}


def test_squad_2_has_questions_without_answer(folder, run):
    path = folder({"train-v1.1.json": squad_body("v1.1"), "train-v2.0.json": squad_body("v2.0")})
    with pytest.raises(UsageError, match=r"v1\.1, v2\.0"):
        run("squad", path)
    got = run("squad", path, variant="v2.0")
    assert got.column("answer") == ["Paris", None]
    assert got.manifest["summary"]["published"] == {"train": 130_319}


def test_lines(folder, run):
    got = run("lines", folder({"train.txt": "one\n\n two \n", "test.txt": "three", "note.txt": b"\xff\n"}))
    assert got.column("id", "text", "split") == [
        ("test-000001", "three", "test"),
        ("train-000001", "one", "train"),
        ("train-000003", "two", "train"),
    ]
    assert got.codes == ["TXT_ENCODING"]


def test_a_single_file_is_a_source(folder, run):
    assert run("lines", folder({"train.txt": "one\ntwo\n"}) / "train.txt").splits == {"train": 2}


def test_a_source_without_the_data_set_says_what_it_must_hold(folder, run):
    with pytest.raises(InputError, match="no record of IMDb") as caught:
        run("imdb", folder({"x.txt": "x"}))
    assert "aclImdb/train/pos" in caught.value.fix
