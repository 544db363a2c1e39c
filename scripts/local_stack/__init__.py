"""The two services behind this product, on this machine: a real Payload and a stand-in Character Library."""
