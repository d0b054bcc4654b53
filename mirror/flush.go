//go:build !darwin

package mirror

import "os"

func flushFile(file *os.File) error { return file.Sync() }

func flushFolder(dir *os.File) error { return syncFolder(dir) }

// drain has nothing to do: what was flushed is on the drive.
func drain(*os.File) error { return nil }
