"""Word vectors: learn them (word2vec, fastText, GloVe), read and write their formats, pool them."""
