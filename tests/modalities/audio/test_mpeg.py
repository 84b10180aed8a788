"""The length of MP3 files is the number of their frames."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from mmcli.modalities.audio.decode import decode
from mmcli.modalities.audio.mpeg import frames, with_length

SECONDS = 6
DELAY = 529  # samples at the start that decoders drop
ID3 = b"ID3\x04\0\0\0\0\x02\0" + bytes(256)


def mp3(rate_hz: int, channels: int = 1, *, silence_first: bool = False) -> bytes:
    """Three seconds of noise and three of silence at a variable bit rate, which misleads an estimate from the first frames."""
    noise = np.random.default_rng(0).standard_normal((rate_hz * SECONDS // 2, channels)).astype(np.float32) * 0.2
    halves = [np.zeros_like(noise), noise] if silence_first else [noise, np.zeros_like(noise)]
    buffer = io.BytesIO()
    options = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "VARIABLE", "compression_level": 0.5}
    with soundfile.SoundFile(buffer, "w", rate_hz, channels, **options) as file:
        file.write(np.concatenate(halves))
    return buffer.getvalue()


def headless(data: bytes) -> bytes:
    found = frames(data)
    assert b"Xing" in data[: found.size]
    return data[found.first + found.size :]


def seconds(data: bytes) -> float:
    wave, rate_hz = decode(data)
    return len(wave) / rate_hz


KINDS = [(44_100, 1), (44_100, 2), (48_000, 2), (32_000, 1), (24_000, 1), (22_050, 2), (16_000, 1), (11_025, 1), (8000, 2)]


@pytest.mark.parametrize("silence_first", [False, True])
@pytest.mark.parametrize(("rate_hz", "channels"), KINDS)
def test_a_file_without_a_length_is_read_whole(rate_hz, channels, silence_first):
    data = headless(mp3(rate_hz, channels, silence_first=silence_first))
    frame_s = (1152 if rate_hz > 24_000 else 576) / rate_hz
    assert seconds(data) == pytest.approx(frames(data).number * frame_s - DELAY / rate_hz)
    assert SECONDS <= seconds(data) < SECONDS + 5 * frame_s


def test_the_sound_is_the_same_without_the_header():
    data = mp3(44_100)
    whole, bare = decode(data)[0], decode(headless(data))[0]
    late = len(bare) - len(whole)
    shift = max(range(late + 1), key=lambda at: float(whole[:20_000] @ bare[at : at + 20_000]))
    assert np.abs(whole[5000:100_000] - bare[shift + 5000 : shift + 100_000]).max() < 1e-4


def test_a_header_that_states_the_length_is_left_alone():
    data = mp3(44_100)
    assert with_length(data) == data
    assert seconds(data) == pytest.approx(SECONDS)


def test_a_header_that_states_less_is_corrected():
    data = mp3(44_100)
    at = data.index(b"Xing") + 8
    assert seconds(data[:at] + (20).to_bytes(4, "big") + data[at + 4 :]) == pytest.approx(SECONDS, abs=0.1)
    without = data[: at - 1] + bytes([data[at - 1] & 0xFE]) + data[at:]  # a header frame that states no number
    assert seconds(without) == pytest.approx(SECONDS, abs=0.2)


def test_tags_and_damage_between_frames_are_stepped_over():
    data = headless(mp3(44_100))
    number = frames(data).number
    assert frames(ID3 + ID3 + data).number == number
    assert frames(data + b"TAG" + bytes(125)).number == number
    middle = data.index(b"\xff\xfb", len(data) // 2)
    assert number - 2 <= frames(data[:middle] + b"\xff\xfb\xff junk" * 9 + data[middle:]).number <= number + 1
    assert seconds(ID3 + data + b"TAG" + bytes(125)) == pytest.approx(seconds(data))


def test_a_file_that_is_cut_has_the_frames_that_are_there():
    data = headless(mp3(44_100, silence_first=True))
    number = frames(data[: len(data) // 2]).number
    assert 0 < number < frames(data).number
    assert seconds(data[: len(data) // 2]) == pytest.approx((number * 1152 - DELAY) / 44_100)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xfb", b"\xff" * 100, b"\xff\xfb\x90\x00" + bytes(50), bytes(5000), ID3])
def test_what_has_no_frames_is_returned_as_it_is(data):
    assert frames(data).number == 0
    assert with_length(data) == data


def test_hostile_bytes_take_no_long_time():
    frames(b"\xff\xfb\x90\x00" * 1_000_000)
    frames(b"\xff" * 4_000_000)
