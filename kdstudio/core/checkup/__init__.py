"""What can be wrong with the computer and the installation, found without torch and without Qt."""
