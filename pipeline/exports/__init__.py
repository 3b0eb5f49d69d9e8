"""What an editor takes home, written from the edit plan and what was found out: pure, no media is opened."""
