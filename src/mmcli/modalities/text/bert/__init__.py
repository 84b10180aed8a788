"""BERT: the network, pretrained model folders, WordPiece, sentence vectors."""
