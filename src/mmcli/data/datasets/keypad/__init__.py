"""The keypad data set: how its sentences and telephone tones are generated, and how they are read back."""

from mmcli.data.datasets.keypad.sentences import DIGIT_WORDS, TEMPLATES, make_sentence, read_sentence
from mmcli.data.datasets.keypad.tones import KEYS, SAMPLE_RATE_HZ, make_tone, read_tone

__all__ = ["DIGIT_WORDS", "KEYS", "SAMPLE_RATE_HZ", "TEMPLATES", "make_sentence", "make_tone", "read_sentence", "read_tone"]
