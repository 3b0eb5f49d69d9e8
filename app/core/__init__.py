"""What every layer of the service rests on: settings, database, queue, errors, logging, signatures."""
