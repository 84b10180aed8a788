"""The options of every stage: name, type, bounds, default and help, each in one place.

The command line, the TOML file, ``--dry-run`` and the manifest all derive from the frozen
dataclasses below. Values come from, in this order: flag, environment (``MMCLI_<STAGE>_<OPTION>``
or ``MMCLI_<OPTION>``), configuration file, default.
"""

from __future__ import annotations

import codecs
import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.values import parse_override, parse_share


def option(
    default: Any,
    help: str,  # noqa: A002 - the word that every command line uses for it
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
    metavar: str = "",
    values: int = 1,
    shapes_result: bool = True,
) -> Any:
    """Declare an option.

    `ge` and `le` are inclusive bounds; `flags` replaces the long flag; with `values` the flag takes
    so many values side by side. An option that cannot change
    the result (such as a number of processes) says so, and is then no part of what is recorded.
    """
    metadata: dict[str, Any] = {"help": help, "ge": ge, "le": le, "choices": choices, "flags": flags, "metavar": metavar}
    metadata |= {"values": values, "shapes_result": shapes_result}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class StageConfig:
    """Options that every stage has."""

    seed: int = option(0, "Seed of every random choice.", ge=0, le=2**63 - 1)


@dataclass(frozen=True)
class DemoDataConfig(StageConfig):
    """Options of ``demo-data``."""

    num_records: int = option(1797, "How many records to write (at most the 1,797 digits there are).", ge=20, le=1797)
    missing: float = option(0.1, "Share of the records that lack one field on purpose.", ge=0.0, le=0.9)


@dataclass(frozen=True)
class ImportConfig(StageConfig):
    """Options of ``import``."""

    limit: int = option(0, "Take at most this many records per split and label (0: all).", ge=0, le=10**9)
    variant: str = option("", "Which one to read where a source holds several (EMNIST balanced, SQuAD v2.0).", metavar="NAME")
    unlabelled: bool = option(False, "imdb: also take the reviews without a label.")
    sa: bool = option(False, "timit: also take the SA sentences, which every speaker reads.")
    on: str = option("label", "pair: join records that agree in this.", choices=("label",))
    reuse: bool = option(True, "pair: take records of the smaller side several times, always within one split.")
    resplit: bool = option(False, "Set the given splits aside; records are split anew by hash.")


@dataclass(frozen=True)
class PreprocessConfig(StageConfig):
    """Options of ``preprocess``; those of a modality can be set per field with ``--set``."""

    format: str = option("auto", "Layout of the raw folder.", metavar="NAME")
    val: float = option(0.1, "Share of the records for validation.", ge=0.0, le=0.9)
    test: float = option(0.1, "Share of the records for the test split.", ge=0.0, le=0.9)
    on_bad: str = option("skip", "What an unusable item does.", choices=("skip", "fail"))
    strict: bool = option(False, "Also end when a path leaves the folder or splits share a file.")
    max_reject_rate: float = option(0.2, "End with code 3 when more than this share of the items is unusable.", ge=0.0, le=1.0)
    image_size: int = option(32, "Height of pictures in pixels, and width unless given.", ge=8, le=1024)
    image_width: int = option(0, "Width of pictures in pixels (0: as the height).", ge=0, le=1024)
    image_mode: str = option("auto", "Colours; auto is L if all train pictures are grey, else RGB.", choices=("auto", "L", "RGB", "RGBA"))
    fit: str = option("crop", "How a picture of another aspect ratio is fitted.", choices=("crop", "pad", "squeeze"))
    background: str = option("#ffffff", "Colour behind transparent pictures and of padding.", metavar="#RRGGBB")
    scales: tuple[int, ...] = option(
        (), "Further heights at which pictures are kept; embed reads the smaller.", ge=8, le=1024, metavar="INT,..."
    )
    max_megapixels: float = option(64.0, "Largest picture that is read.", ge=0.01, le=1000.0)
    min_side: int = option(2, "Shortest side of pictures that are read, in pixels.", ge=1, le=4096)
    max_aspect: float = option(20.0, "Largest ratio of a picture's sides.", ge=1.0, le=1e6)
    sample_rate_hz: int = option(8000, "Sampling rate of sounds.", ge=1000, le=192_000)
    seconds: float = option(0.64, "Length of sounds; rounded up to 16 frames.", ge=0.02, le=60.0)
    n_fft: int = option(256, "Window of the Fourier transform in samples.", ge=32, le=4096)
    hop_length: int = option(80, "Samples between two frames.", ge=8, le=4096)
    feature: str = option("stft", "What the bands of a spectrogram are.", choices=("stft", "mel", "bands", "mfcc"))
    n_bands: int = option(64, "Bands of mel and band-split features, and under mfcc.", ge=4, le=2048)
    n_coefficients: int = option(20, "Coefficients of mfcc.", ge=2, le=2048)
    high_pass_hz: float = option(0.0, "Take lower frequencies out of sounds (0: none).", ge=0.0, le=96_000)
    low_pass_hz: float = option(0.0, "Take higher frequencies out of sounds (0: none).", ge=0.0, le=96_000)
    denoise: bool = option(False, "Quieten steady noise of sounds by a spectral gate.")
    trim_db: float = option(0.0, "Cut off ends that are this much quieter than the loudest moment (0: nothing).", ge=0.0, le=120.0)
    loudness_db: float = option(0.0, "Bring sounds to this root mean square, dB of full scale (0: as they are).", ge=-80.0, le=0.0)
    align: str = option("centre", "Where longer sounds are cropped.", choices=("centre", "start"))
    windows: bool = option(False, "Cut longer sounds into windows, each a record of its own.")
    overlap: float = option(0.0, "Share by which windows overlap.", ge=0.0, le=0.9)
    silence: str = option("keep", "What happens to digital silence.", choices=("keep", "reject"))
    min_seconds: float = option(0.0, "Shortest sound that is read.", ge=0.0, le=600.0)
    max_seconds: float = option(600.0, "Longest sound that is read.", ge=0.01, le=3600.0)
    encoding: str = option("", "Encoding of text files (default: UTF-8, or UTF-16 with its mark).", metavar="NAME")
    normal_form: str = option("NFC", "Unicode normal form of texts.", choices=("NFC", "NFKC", "none"))
    keep_hidden: bool = option(False, "Keep control and format characters of texts, such as bidirectional overrides.")
    strip_html: bool = option(False, "Take HTML tags out of texts and resolve entities.")
    strip_urls: bool = option(False, "Take web addresses out of texts.")
    redact: tuple[str, ...] = option(
        (), "Personal data to replace in texts.", choices=("email", "card", "iban", "ssn", "phone"), metavar="KIND,..."
    )
    language: str = option("en", "Language of texts, two letters; auto finds it in the train texts.", metavar="CODE")
    sentences: bool = option(True, "Cut texts into sentences before words, so that periods come off.")
    tokenizer: str = option(
        "word", "How texts are cut into tokens.", choices=("word", "treebank", "tweet", "char", "bpe", "wordpiece", "jieba")
    )
    lowercase: bool = option(True, "Write texts in lower case.")
    stop_words: bool = option(False, "Leave out the language's stop words.")
    stem: bool = option(False, "Reduce words to their Snowball stems.")
    pos: bool = option(False, "Keep the part of speech of each token as the column FIELD.pos.")
    keep_pos: tuple[str, ...] = option(
        (),
        "Keep only tokens of these parts of speech, such as NOUN,VERB.",
        choices=("ADJ", "ADP", "ADV", "CONJ", "DET", "NOUN", "NUM", "PRON", "PRT", "VERB", ".", "X"),
        metavar="TAG,...",
    )
    vocabulary_size: int = option(0, "Most different tokens (0: all; 8,000 for bpe and wordpiece).", ge=0, le=1_000_000)
    min_count: int = option(1, "Rarer train tokens become the unknown token.", ge=1, le=1_000_000)
    max_tokens: int = option(32, "Longest row of a text in tokens, its end included.", ge=2, le=4096)
    augment: int = option(0, "Changed copies of each train record to add.", ge=0, le=100)
    rotate_degrees: float = option(10.0, "Copies of pictures: largest rotation.", ge=0.0, le=180.0)
    shift: float = option(0.08, "Copies of pictures: largest shift, as a share of the side.", ge=0.0, le=1.0)
    zoom: float = option(0.1, "Copies of pictures: largest change of size.", ge=0.0, le=0.9)
    crop: float = option(0.0, "Copies of pictures: largest share of each side cut off.", ge=0.0, le=0.9)
    flip: str = option("none", "Copies of pictures: mirror half of them.", choices=("none", "horizontal", "vertical", "both"))
    stretch: float = option(0.08, "Copies of sounds: largest change of duration.", ge=0.0, le=0.5)
    pitch_semitones: float = option(0.5, "Copies of sounds: largest change of pitch.", ge=0.0, le=12.0)
    move_seconds: float = option(0.05, "Copies of sounds: largest shift in time.", ge=0.0, le=60.0)
    gain_db: float = option(6.0, "Copies of sounds: largest change of level.", ge=0.0, le=60.0)
    noise_db: float = option(40.0, "Copies of sounds: white noise this far below the sound (0: none).", ge=0.0, le=120.0)
    colour: float = option(0.1, "Copies of pictures: largest change of brightness, contrast, saturation.", ge=0.0, le=1.0)
    shard_mb: int = option(1024, "Cut the rows of a field into files of at most this many MiB.", ge=1, le=2**20)
    workers: int = option(0, "Decoding processes (0: one per core).", ge=0, le=256, shapes_result=False)
    decoder_memory_mb: int = option(2048, "Memory that a decoding process may use.", ge=512, le=2**20, shapes_result=False)
    decoder_seconds: float = option(30.0, "Longest time for one item.", ge=0.5, le=3600.0, shapes_result=False)
    set: tuple[str, ...] = option((), "Option of one field, repeatable.", metavar="FIELD.OPTION=VALUE")

    def __post_init__(self) -> None:
        for entry in self.set:
            parse_override(type(self), entry)
        if self.val + self.test >= 1.0:
            raise UsageError("val and test leave nothing for training", "--val, --test", "let them add up to less than 1")
        if self.hop_length > self.n_fft:
            raise UsageError("hop_length is longer than the window", "--hop-length", "let it be at most --n-fft")
        if 0 < self.low_pass_hz <= self.high_pass_hz:
            fix = "let the high-pass be the lower one"
            raise UsageError("these filters leave nothing between them", "--high-pass-hz, --low-pass-hz", fix)
        if self.high_pass_hz >= self.sample_rate_hz / 2:
            raise UsageError("the high-pass leaves nothing below half the sampling rate", "--high-pass-hz", "lower it")
        if self.low_pass_hz >= self.sample_rate_hz / 2:
            raise UsageError("the low-pass takes nothing out: it is not below half the sampling rate", "--low-pass-hz", "lower it")
        if self.feature == "mfcc" and self.n_coefficients > self.n_bands:
            raise UsageError("there are more coefficients than bands", "--n-coefficients", "let it be at most --n-bands")
        if self.feature != "stft" and self.n_bands > self.n_fft // 2:
            raise UsageError("there are more bands than the Fourier transform has bins", "--n-bands", "let it be at most half of --n-fft")
        if self.encoding and not _is_encoding(self.encoding):
            raise UsageError(f"there is no encoding {visible(self.encoding)}", "--encoding", "use a name such as latin-1 or utf-16-le")
        if not re.fullmatch("[a-z]{2}|auto", self.language):
            what = f"a language is two small letters, not {visible(self.language, 40)}"
            raise UsageError(what, "--language", "use a code such as en, de or zh, or auto")
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.background):
            raise UsageError(f"background is not a colour: {visible(self.background)}", "--background", "write it as #ffffff")

    def for_field(self, name: str) -> PreprocessConfig:
        """The options of one field: these, changed by its entries of `set`."""
        entries = [parse_override(type(self), entry) for entry in self.set]
        return dataclasses.replace(self, set=(), **{key: value for field_name, key, value in entries if field_name == name})

    def named_fields(self) -> tuple[str, ...]:
        """Fields that `set` names."""
        return tuple(dict.fromkeys(parse_override(type(self), entry)[0] for entry in self.set))


@dataclass(frozen=True)
class EmbedConfig(StageConfig):
    """Options of ``embed``."""

    dim: int = option(64, "Width d of the shared space.", ge=8, le=2048)
    tokens: int = option(4, "Tokens kept per record and field, for fusion.", ge=1, le=64)
    features: bool = option(True, "Also keep the tokens as they are before projection.")
    epochs: int = option(0, "Most passes over the train split (0: 10 to 40, the fewer the larger it is).", ge=0, le=10_000)
    batch_size: int = option(128, "Records per step; never more than the train split holds.", ge=2, le=65_536)
    learning_rate: float = option(2e-3, "Peak learning rate of AdamW.", ge=1e-7, le=1.0)
    patience: int = option(12, "Stop after this many epochs without better validation retrieval.", ge=1, le=10_000)
    dropout: float = option(0.3, "Share of fields hidden per record and step.", ge=0.0, le=0.9)
    augment: float = option(1.0, "Strength of random changes in training: shifts, turns, noise, unknown words (0: none).", ge=0.0, le=4.0)
    loss: str = option("siglip", "Contrastive loss.", choices=("siglip", "infonce"))
    positives: str = option(
        "auto", "Which records belong together: those of one label, or duplicates only.", choices=("auto", "label", "duplicates")
    )
    text_method: str = option("gru", "Encoder of texts.", choices=("gru", "lstm", "word2vec", "fasttext", "glove", "bert"))
    text_weights: str = option("", "Published word vectors, or a BERT folder (default: learned from the texts).", metavar="PATH")
    text_width: int = option(0, "Width of the text encoder or of the word vectors (0: the method's).", ge=0, le=4096)
    text_layers: int = option(2, "Blocks of a BERT that is trained from scratch.", ge=1, le=48)
    pretrain_epochs: int = option(10, "Passes over the texts in which such a BERT guesses hidden words.", ge=0, le=10_000)
    pooling: str = option("auto", "How the positions of a text become one vector.", choices=("auto", "attention", "mean", "sif", "cls"))
    word_format: str = option("none", "Also write the word vectors in this text format.", choices=("none", "word2vec", "glove"))
    image_method: str = option(
        "cnn",
        "Encoder of pictures; all but cnn are backbones of keras.applications.",
        choices=(
            "cnn",
            "mobilenet-v2",
            "mobilenet-v3-small",
            "mobilenet-v3-large",
            "efficientnet-b0",
            "efficientnet-v2-b0",
            "resnet-50",
            "resnet-50-v2",
            "resnet-101",
            "densenet-121",
            "inception-v3",
            "xception",
            "vgg-16",
            "convnext-tiny",
        ),
    )
    image_weights: str = option("", "Weights of the backbone: imagenet, or a .safetensors file.", metavar="PATH")
    audio_method: str = option("gru", "Recurrent cell of the encoder of sounds.", choices=("gru", "lstm"))
    freeze: str = option("auto", "Keep published weights as they are; auto does if there are any.", choices=("auto", "yes", "no"))

    def __post_init__(self) -> None:
        words = self.text_method in ("word2vec", "fasttext", "glove")
        if self.pooling == "sif" and not words:
            raise UsageError("sif pools word vectors", "--pooling", "use it with --text-method word2vec, fasttext or glove")
        if self.pooling == "cls" and self.text_method != "bert":
            raise UsageError("cls is a pooling of bert", "--pooling", "use it with --text-method bert")
        if self.text_weights and self.text_method in ("gru", "lstm"):
            raise UsageError("a recurrent encoder takes no published weights", "--text-weights", "name a --text-method that does")
        if self.word_format != "none" and not words:
            raise UsageError("this text method has no word vectors", "--word-format", "use it with word2vec, fasttext or glove")
        if self.image_weights and self.image_method == "cnn":
            raise UsageError("the cnn takes no published weights", "--image-weights", "name a backbone with --image-method")

    def frozen(self, published: bool) -> bool:
        """Whether a tower keeps its weights; `published` says that it brings some along."""
        return self.freeze == "yes" or (self.freeze == "auto" and published)


@dataclass(frozen=True)
class SimilarityConfig(StageConfig):
    """Options of ``similarity``."""

    rows: str = option("", "Field of the rows (default: the first text field).", metavar="FIELD")
    columns: str = option("", "Field of the columns (default: that of the rows).", metavar="FIELD")
    text: tuple[str, ...] = option((), "A text as a row, repeatable; with it, records are not rows.", metavar="TEXT")
    image: tuple[str, ...] = option((), "A picture as a row, repeatable.", metavar="FILE")
    audio: tuple[str, ...] = option((), "A sound as a row, repeatable.", metavar="FILE")
    lines: str = option("", "File with one text per line, each a row.", metavar="FILE")
    split: str = option("test", "Which records.", choices=("all", "train", "val", "test"))
    most: int = option(200, "Most records per side.", ge=1, le=20_000)
    pooling: str = option("mean", "Sentence vectors of word vectors or of a BERT folder.", choices=("mean", "sif", "cls"))


@dataclass(frozen=True)
class SearchConfig(StageConfig):
    """Options of ``search``."""

    text: tuple[str, ...] = option((), "Search for what fits this text, repeatable.", metavar="TEXT")
    image: tuple[str, ...] = option((), "Search for what fits this picture, repeatable.", metavar="FILE")
    audio: tuple[str, ...] = option((), "Search for what fits this sound, repeatable.", metavar="FILE")
    query_field: str = option("", "Field that reads the query (default: the first of its kind).", metavar="FIELD")
    target: str = option("", "Field to search (default: the first of another kind).", metavar="FIELD")
    top: int = option(10, "How many results per query.", ge=1, le=10_000)
    split: str = option("all", "Which records to search.", choices=("all", "train", "val", "test"))
    method: str = option("exact", "How to search; approximate needs mmcli[ann].", choices=("exact", "approximate"))
    index: str = option("", "Keep the approximate index in this file.", metavar="FILE")
    sheet: str = option("", "Draw the results as a contact sheet.", metavar="FILE.png")
    dataset: str = option("", "Data set for the sheet (default: the one that was embedded).", metavar="FOLDER")
    eval: bool = option(False, "Search with every record of the split instead and print recall.")

    def __post_init__(self) -> None:
        if self.index and self.method == "exact":
            raise UsageError("exact search keeps no index", "--index", "add --method approximate, or leave --index out")


@dataclass(frozen=True)
class ClassifyConfig(StageConfig):
    """Options of ``classify``."""

    field: str = option("", "Field to classify (default: the first that is no text).", metavar="FIELD")
    method: str = option(
        "zero-shot", "Nearest label text, or a linear classifier fitted on the train split.", choices=("zero-shot", "probe")
    )
    text_field: str = option("", "Field that reads the label texts (default: the first text field).", metavar="FIELD")
    template: str = option("{}", "Text of a label; {} stands for its name.", metavar="TEXT")
    label_text: tuple[str, ...] = option((), "Text of one label, repeatable; a label may have several.", metavar="LABEL=TEXT")
    label_texts: str = option(
        "names", "Texts of the other labels: their names, or what the train split says of them.", choices=("names", "train")
    )
    split: str = option("test", "Which records.", choices=("all", "train", "val", "test"))


@dataclass(frozen=True)
class FuseConfig(StageConfig):
    """Options of ``fuse``."""

    method: str = option(
        "attention",
        "How the fields are joined.",
        choices=("attention", "cross-attention", "gated", "concat", "mean", "bilinear", "poe"),
    )
    objective: str = option(
        "auto",
        "What to learn: labels and hidden fields, hidden fields alone, or to tell records apart by a hidden field.",
        choices=("auto", "labels", "masked", "contrastive"),
    )
    latents: int = option(4, "Learned queries K; the condition has K latent tokens.", ge=1, le=64)
    heads: int = option(4, "Attention heads.", ge=1, le=64)
    layers: int = option(1, "Self-attention layers before the queries.", ge=1, le=12)
    epochs: int = option(20, "Most passes over the train split.", ge=1, le=10_000)
    batch_size: int = option(128, "Records per step.", ge=2, le=65_536)
    learning_rate: float = option(2e-3, "Peak learning rate of AdamW.", ge=1e-7, le=1.0)
    patience: int = option(6, "Stop after this many epochs without a better validation loss.", ge=1, le=10_000)
    dropout: float = option(0.3, "Share of fields hidden per record and step; never all.", ge=0.0, le=0.9)
    noise: float = option(0.2, "Share of records with one field spoiled, so that the others learn to take over.", ge=0.0, le=1.0)
    compare: bool = option(False, "Train every method on the same budget, print one table and keep the one of --method.")
    attention: int = option(0, "Draw the attention of this many records as a picture.", ge=0, le=64)


@dataclass(frozen=True)
class TrainGanConfig(StageConfig):
    """Options of ``train-gan``."""

    target: str = option("", "Field to generate.", metavar="FIELD")
    given: tuple[str, ...] = option(
        (), "Fields to condition on (default: all others); label, for the records' labels; none, for no condition.", metavar="FIELD,..."
    )
    preset: str = option("auto", "Networks of images; auto is r3gan on a GPU, else compact.", choices=("auto", "compact", "r3gan"))
    loss: str = option("pairing", "Adversarial loss of images and sounds.", choices=("pairing", "hinge", "non-saturating"))
    steps: int = option(0, "Budget in steps instead (0: none).", ge=0, le=10**9)
    kimg: float = option(0.0, "Budget in thousands of training items (0: from the data).", ge=0.0, le=1e9)
    minutes: float = option(0.0, "Budget in minutes of training instead (0: none).", ge=0.0, le=1e6)
    batch_size: int = option(0, "Items per step (0: the modality's).", ge=0, le=65_536)
    learning_rate: float = option(0.0, "Learning rate of both networks (0: the modality's).", ge=0.0, le=1.0)
    gamma: float = option(-1.0, "Weight of the R1 and R2 penalties (-1: the modality's).", ge=-1.0, le=1e6)
    penalty_interval: int = option(0, "Apply the penalties every so many steps, as much stronger (0: 4, r3gan 1).", ge=0, le=64)
    augment: tuple[str, ...] = option(
        ("auto",),
        "Images: changes that both networks see; auto is translation,colour for few colour pictures.",
        choices=("auto", "none", "translation", "cutout", "colour", "flip"),
        metavar="KIND,...",
    )
    augment_p: str = option("auto", "Probability of each change: a number, auto (by the number of records) or adaptive.", metavar="P")
    init_from: str = option("", "Start from the networks of this GAN.", metavar="GAN")
    freeze_layers: int = option(0, "Keep so many lower layers of the discriminator as they are.", ge=0, le=1000)
    mismatch: float = option(
        -1.0, "Weight of the loss of real items with another record's condition (-1: from the data).", ge=-1.0, le=100.0
    )
    blur: float = option(-1.0, "Normal noise on the conditions, relative to their size (-1: from the data).", ge=-1.0, le=10.0)
    adversarial: float = option(0.3, "Text only: last share of the budget, for adversarial steps.", ge=0.0, le=1.0)
    noise_dim: int = option(64, "Width of the noise vector z.", ge=1, le=4096)
    width: int = option(0, "Channels of the networks (0: the modality's).", ge=0, le=1024)
    depth: int = option(0, "r3gan: residual blocks per resolution (0: from the data).", ge=0, le=16)
    ema_decay: float = option(0.998, "Decay per step of the averaged generator.", ge=0.0, le=0.99999)
    dropout: float = option(0.3, "Share of the given fields hidden per record and step; never all.", ge=0.0, le=0.9)
    unconditional: float = option(0.1, "Share of the items trained without any condition.", ge=0.0, le=1.0)
    ticks: int = option(12, "How many times to write metrics and a sample grid.", ge=1, le=10_000)
    watch: int = option(512, "Images and sounds: items scored at each tick, to keep the best generator (0: none).", ge=0, le=10_000)
    checkpoint_seconds: float = option(60.0, "Seconds between two checkpoints.", ge=0.1, le=86_400)
    precision: str = option("auto", "Arithmetic of the networks.", choices=("auto", "float32", "mixed_bfloat16"))
    xla: str = option(
        "auto",
        "Images and sounds on one device: compile the step by XLA; auto tries it on a GPU and keeps it if a tenth faster.",
        choices=("auto", "on", "off"),
    )
    devices: int = option(1, "Images and sounds: share each batch among so many GPUs, or parts of the CPU.", ge=1, le=64)

    def __post_init__(self) -> None:
        if self.batch_size % self.devices:
            raise UsageError(f"batches of {self.batch_size} cannot be shared by {self.devices} devices", "--devices", "give a divisor")
        if self.xla == "on" and self.devices > 1:
            raise UsageError("a step that several devices share is not compiled", "--xla, --devices", "leave one of them out")
        if self.augment_p not in ("auto", "adaptive"):
            value = parse_share(self.augment_p)
            if value is None:
                fix = "give auto, adaptive or a number from 0 to 1"
                raise UsageError(f"augment_p is no probability: {visible(self.augment_p, 60)}", "--augment-p", fix)
        if len(self.augment) > 1 and set(self.augment) & {"auto", "none"}:
            raise UsageError("auto and none stand alone", "--augment", "give changes such as translation,colour, or one of the two")
        budgets = [flag for flag, value in (("--kimg", self.kimg), ("--minutes", self.minutes), ("--steps", self.steps)) if value]
        if len(budgets) > 1:
            raise UsageError("more than one budget is given", " and ".join(budgets), "give one of them")


@dataclass(frozen=True)
class GenerateConfig(StageConfig):
    """Options of ``generate``."""

    num: int = option(0, "How many items to make (0: one per condition, or 16).", ge=0, le=10_000_000)
    seeds: str = option("", "Seeds of the items, such as 0-63 or 1,5,9; one item each.", metavar="A-B")
    text: tuple[str, ...] = option((), "Condition: a text for the first given text field; repeated, for the next.", metavar="TEXT")
    image: tuple[str, ...] = option((), "Condition: a picture for the first given image field.", metavar="FILE")
    audio: tuple[str, ...] = option((), "Condition: a sound for the first given audio field.", metavar="FILE")
    label: str = option("", "Condition: a class, for a GAN that was trained on labels.", metavar="NAME")
    field: tuple[str, ...] = option((), "Condition by name, repeatable.", metavar="NAME=VALUE")
    lines: str = option("", "Many conditions: a file with one text, or class, per line.", metavar="FILE")
    split: str = option("test", "Which records of --from serve as conditions.", choices=("train", "val", "test"))
    given: tuple[str, ...] = option((), "Use only these fields of the records of --from.", metavar="FIELD,...")
    truncation: float = option(
        0.0,
        "Draw the noise from the normal distribution cut off at this many standard deviations (0: not cut); lower is more typical.",
        ge=0.0,
        le=10.0,
    )
    interpolate: tuple[int, ...] = option(
        (), "Make the way from seed A to seed B, and an animation of it.", ge=0, le=2**63 - 1, metavar="A B", values=2
    )
    to: tuple[str, ...] = option((), "Condition at the end of the way, by name, repeatable; others stay.", metavar="NAME=VALUE")
    walk: int = option(0, "Make a round trip through this many seeds and conditions, and an animation of it.", ge=0, le=1000)
    frames: int = option(24, "Items of --interpolate, or per leg of --walk.", ge=2, le=2000)
    animation: str = option("webp", "Format of the animation.", choices=("webp", "gif"))
    grid: str = option("", "Make a sheet with a seed per row and a condition per column.", metavar="ROWSxCOLUMNS")
    neighbours: int = option(
        0, "Show so many training items most like each sample, in the space of the discriminator's features.", ge=0, le=32
    )
    dataset: str = option("", "Data set for --neighbours (default: the one that the GAN was trained on).", metavar="FOLDER")
    like: str = option("", "Find noise and condition that reproduce this item; conditions given change it.", metavar="FILE")
    restarts: int = option(16, "Starts of --like, the nearest of 1,024 random items.", ge=1, le=256)
    like_steps: int = option(400, "Steps of --like.", ge=1, le=100_000)
    files: bool = option(True, "Write a file per item; without, rows.npy, items.jsonl and sheet.png only.")
    batch_size: int = option(256, "Items per pass; it never changes an item.", ge=1, le=65_536, shapes_result=False)
    temperature: float = option(1.0, "Text only: sampling temperature.", ge=0.01, le=10.0)

    def __post_init__(self) -> None:
        modes = [name for name in ("interpolate", "walk", "grid", "like") if getattr(self, name)]
        if len(modes) > 1:
            raise UsageError(f"{modes[0]} and {modes[1]} exclude each other", f"--{modes[0]}, --{modes[1]}", "choose one")
        if modes and self.num:
            raise UsageError(f"--{modes[0]} says itself how many items there are", "--num", f"leave it out, or --{modes[0]}")
        if self.interpolate and len(self.interpolate) != 2:
            raise UsageError("a way has two ends", "--interpolate", "give two seeds, such as 3 8")
        if self.interpolate and self.seeds:
            raise UsageError("the two seeds of --interpolate are all there are", "--seeds", "leave it out")
        if self.to and not self.interpolate:
            raise UsageError("--to is the end of a way", "--to", "give its two seeds with --interpolate, such as --interpolate 3 3")
        if self.like and self.seeds:
            raise UsageError("--like finds the noise itself", "--seeds", "leave it out; --seed changes the starts")
        if self.like and self.neighbours:
            raise UsageError("like and neighbours exclude each other", "--like, --neighbours", "choose one")
        if self.walk == 1:
            raise UsageError("a walk through one place stands still", "--walk", "give 2 or more")


@dataclass(frozen=True)
class EvaluateConfig(StageConfig):
    """Options of ``evaluate``."""

    require: tuple[str, ...] = option((), "End with code 7 unless it holds, repeatable.", metavar="NAME<=VALUE")
    reader: str = option("none", "Also read the items by rule.", choices=("none", "keypad"))
    neighbours: int = option(5, "k of precision, recall, density and coverage.", ge=1, le=100)


@dataclass(frozen=True)
class ReportConfig(StageConfig):
    """Options of ``report``."""

    title: str = option("", "Title of the page (default: the folder's name).", metavar="TEXT")
    examples: int = option(24, "Examples shown per artifact.", ge=1, le=200)


def options_of(cls: type[StageConfig]) -> list[dataclasses.Field[Any]]:
    """Fields of a stage's configuration, its own first and the common ones last."""
    common = {f.name for f in dataclasses.fields(StageConfig)}
    fields = dataclasses.fields(cls)
    return [f for f in fields if f.name not in common] + [f for f in fields if f.name in common]


def as_dict(config: StageConfig) -> dict[str, Any]:
    """The resolved options that shape the result, as JSON values."""
    kept = [f.name for f in dataclasses.fields(config) if f.metadata["shapes_result"]]
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(config).items() if k in kept}


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - others, such as zlib, are no encodings of text
    except (LookupError, ValueError):
        return False
