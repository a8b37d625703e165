"""What the pages cost who looks at them: time to the first use, and the main thread while gifts fly."""
