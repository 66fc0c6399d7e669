import numpy as np
from scipy.io import wavfile

from kdstudio.data.sound.clips import write_wav


def test_that_a_clip_is_written_so_that_scipy_reads_it(tmp_path):
    samples = np.array([0, 0.5, -0.5, 1, -1, 2, np.nan], dtype=np.float32)
    path = tmp_path / "ein Ton ü" / "clip.wav"
    write_wav(samples, 8000, path)
    rate, values = wavfile.read(path)
    assert rate == 8000
    np.testing.assert_allclose(values / 32767, [0, 0.5, -0.5, 1, -1, 1, 0], atol=1e-4)
