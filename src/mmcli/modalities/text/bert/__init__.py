"""BERT: the network, published folders of weights, WordPiece, sentence vectors."""
