"""Made-up people, businesses and their history: what `make demo SIZE=` and the benches fill a bank with."""
