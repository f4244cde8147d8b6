"""What bench/peers/run is made of: rows and figures, the report, the machine, the stores, and how they are installed."""
