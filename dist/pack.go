package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// archive writes the files into a zip for Windows and a tar.gz for others, below one folder.
func (r *release) archive(t target, files []file) error {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	folder := t.name(r.version)
	if t.system == "windows" {
		return r.create(folder+".zip", func(w io.Writer) error { return r.zip(w, folder, files) })
	}
	return r.create(folder+".tar.gz", func(w io.Writer) error { return r.tarball(w, folder, files) })
}

// create writes a file of the release.
func (r *release) create(name string, write func(io.Writer) error) (err error) {
	out, err := os.Create(filepath.Join(r.out, name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	buffered := bufio.NewWriter(out)
	return errors.Join(write(buffered), buffered.Flush())
}

func (r *release) zip(w io.Writer, folder string, files []file) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		header := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: r.made}
		header.SetMode(f.mode)
		entry, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		if err := copyFrom(entry, f.path); err != nil {
			return err
		}
	}
	return z.Close()
}

func (r *release) tarball(w io.Writer, folder string, files []file) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(compressed)
	for _, f := range files {
		info, err := os.Stat(f.path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: folder + "/" + f.name, Mode: int64(f.mode), Size: info.Size(), ModTime: r.made, Format: tar.FormatPAX}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if err := copyFrom(t, f.path); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), compressed.Close())
}

func copyFrom(w io.Writer, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(w, in)
	return err
}

// packages makes the Debian and the RPM package that nfpm.yaml describes.
func (r *release) packages(t target, program string) error {
	stage := filepath.Join(r.work, "stage")
	if err := r.fillStage(stage, program); err != nil {
		return err
	}
	values := map[string]string{"ARCH": t.arch, "VERSION": r.version, "STAGE": filepath.ToSlash(stage)}
	for _, format := range []string{"deb", "rpm"} {
		config, err := nfpm.ParseFileWithEnvMapping("nfpm.yaml", func(name string) string { return values[name] })
		if err != nil {
			return err
		}
		info, err := config.Get(format)
		if err != nil {
			return err
		}
		info = nfpm.WithDefaults(info)
		info.MTime = r.made
		for _, content := range info.Contents {
			content.FileInfo.MTime = r.made
			content.Source = os.Expand(content.Source, func(name string) string { return values[name] })
		}
		packager, err := nfpm.Get(format)
		if err != nil {
			return err
		}
		err = r.create(t.name(r.version)+"."+format, func(w io.Writer) error { return packager.Package(info, w) })
		if err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
	}
	return nil
}

// fillStage lays out what nfpm.yaml takes from ${STAGE}.
func (r *release) fillStage(stage, program string) error {
	if err := os.RemoveAll(stage); err != nil {
		return err
	}
	for _, f := range append([]file{{name: "ejmx", path: program, mode: 0o755}}, r.shared...) {
		path := filepath.Join(stage, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, f.mode)
		if err != nil {
			return err
		}
		if err := errors.Join(copyFrom(to, f.path), to.Close(), os.Chtimes(path, r.made, r.made)); err != nil {
			return err
		}
	}
	return nil
}

// checksums writes SHA256SUMS, as sha256sum -c reads it.
func (r *release) checksums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	return r.create("SHA256SUMS", func(w io.Writer) error {
		for _, entry := range entries {
			sum := sha256.New()
			if err := copyFrom(sum, filepath.Join(r.out, entry.Name())); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%x  %s\n", sum.Sum(nil), entry.Name()); err != nil {
				return err
			}
		}
		return nil
	})
}
