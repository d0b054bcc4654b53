package torture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Trace is a run of the program during which every system call that changes a file below a folder is counted, in all its
// threads together, and at one of them something happens. What the program's workers do is not counted.
type Trace struct {
	Command
	Under string // the folder, by its real path
	At    int    // at which call, from 1; 0 for none
	Then  Misfortune
	Reads bool // count calls that read files instead
}

// Misfortune is what happens at a call.
type Misfortune struct {
	Kill    bool          // the program and its workers are killed before the call
	Errno   syscall.Errno // the call is not made, and fails with this
	Forever bool          // and so does every one after it
}

// Call is a counted system call.
type Call struct {
	Name string
	Path string // of the file, or of the folder and name in it, as the program named it
}

// Run runs the program and gives how it ended and the calls that were counted, with the one at which something happened.
func (t Trace) Run(p *Program) (ended Ended, calls []Call, err error) {
	runtime.LockOSThread() // to the system, the tracer is a thread
	defer runtime.UnlockOSThread()
	out, errOut, err := outputs()
	if err != nil {
		return ended, nil, err
	}
	defer out.Close()
	defer errOut.Close()
	began := time.Now()
	process, err := t.start(p, out, errOut)
	if err != nil {
		return ended, nil, err
	}
	tracer := &tracer{Trace: t, pid: process.Pid, failing: map[int]bool{}}
	status, err := tracer.follow()
	if err = errors.Join(err, process.Release()); err != nil {
		return ended, tracer.calls, errors.Join(err, syscall.Kill(-tracer.pid, syscall.SIGKILL))
	}
	ended = Ended{Code: status.ExitStatus(), Took: time.Since(began)}
	ended.Stdout, err = readBack(out, err)
	ended.Stderr, err = readBack(errOut, err)
	return ended, tracer.calls, err
}

// outputs makes files for what the program prints: they need no one to read them while it is stopped.
func outputs() (out, errOut *os.File, err error) {
	if out, err = unnamed(); err != nil {
		return nil, nil, err
	}
	if errOut, err = unnamed(); err != nil {
		return nil, nil, errors.Join(err, out.Close())
	}
	return out, errOut, nil
}

func unnamed() (*os.File, error) {
	file, err := os.CreateTemp("", "ejmx-traced-")
	if err != nil {
		return nil, err
	}
	return file, os.Remove(file.Name())
}

func readBack(file *os.File, err error) (string, error) {
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<20))
	return string(data), err
}

func (t Trace) start(p *Program, out, errOut *os.File) (*os.Process, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	command := p.command(t.Command)
	command.SysProcAttr.Ptrace = true
	return os.StartProcess(command.Path, command.Args, &os.ProcAttr{
		Dir: command.Dir, Env: command.Env, Files: []*os.File{null, out, errOut}, Sys: command.SysProcAttr,
	})
}

// tracer follows the threads of a process through their system calls (ptrace(2)).
type tracer struct {
	Trace
	pid     int
	calls   []Call
	failing map[int]bool // threads whose present call is made to fail
}

const syscallStop = syscall.SIGTRAP | 0x80 // PTRACE_O_TRACESYSGOOD

// follow lets the process run to its end, stopping at each system call.
func (t *tracer) follow() (status unix.WaitStatus, err error) {
	if _, err := unix.Wait4(t.pid, &status, 0, nil); err != nil {
		return status, err
	}
	err = unix.PtraceSetOptions(t.pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL)
	if err != nil {
		return status, err
	}
	for tid := t.pid; ; {
		if err := t.goOn(tid, status); err != nil {
			return status, err
		}
		if tid, err = unix.Wait4(-t.pid, &status, unix.WALL|unix.WNOTHREAD, nil); err != nil {
			return status, fmt.Errorf("wait for the traced program: %w", err)
		}
		if tid == t.pid && (status.Exited() || status.Signaled()) {
			return status, nil
		}
	}
}

// goOn looks at why a thread stopped, and lets it go on. A thread that was killed meanwhile is none to go on with.
func (t *tracer) goOn(tid int, status unix.WaitStatus) error {
	deliver := 0
	switch {
	case !status.Stopped():
		return nil
	case status.StopSignal() == syscallStop:
		if err := t.stopped(tid); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	case status.StopSignal() != syscall.SIGTRAP && status.StopSignal() != syscall.SIGSTOP:
		deliver = int(status.StopSignal())
	}
	if err := unix.PtraceSyscall(tid, deliver); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// stopped handles a thread that is about to make a system call, or comes back from one.
func (t *tracer) stopped(tid int) error {
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	if t.failing[tid] {
		delete(t.failing, tid)
		regs.Rax = -uint64(t.Then.Errno)
		return unix.PtraceSetRegs(tid, &regs)
	}
	if int64(regs.Rax) != -int64(syscall.ENOSYS) { //nolint:gosec // at entry, and there alone, the result's register holds -ENOSYS
		return nil
	}
	call, counts := t.call(tid, &regs)
	if !counts {
		return nil
	}
	happens := t.At > 0 && (len(t.calls)+1 == t.At || t.Then.Forever && len(t.calls)+1 > t.At)
	t.calls = append(t.calls, call)
	switch {
	case !happens:
		return nil
	case t.Then.Kill:
		return syscall.Kill(-t.pid, syscall.SIGKILL)
	}
	t.failing[tid] = true
	regs.Orig_rax = ^uint64(0) // no such call: it is not made
	return unix.PtraceSetRegs(tid, &regs)
}

// call tells which call a thread is about to make, and whether it is one that counts.
func (t *tracer) call(tid int, regs *unix.PtraceRegs) (Call, bool) {
	kinds := changing
	if t.Reads {
		kinds = reading
	}
	kind, known := kinds[regs.Orig_rax]
	if !known || kind.only != nil && !kind.only(regs) {
		return Call{}, false
	}
	path := t.opened(int(int32(regs.Rdi))) //nolint:gosec // a descriptor is an int in C
	if kind.named {
		path = t.named(tid, int(int32(regs.Rdi)), uintptr(regs.Rsi)) //nolint:gosec // as above
	}
	return Call{kind.name, path}, path == t.Under || strings.HasPrefix(path, t.Under+"/")
}

// opened is the path of an open file.
func (t *tracer) opened(fd int) string {
	if fd == unix.AT_FDCWD {
		path, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", t.pid)) // of a process that is gone: no path that counts
		return path
	}
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, fd))
	return path
}

// named is the path that a call gives by a folder and a name.
func (t *tracer) named(tid, fd int, address uintptr) string {
	name := make([]byte, unix.PathMax)
	n, _ := unix.ProcessVMReadv(tid, []unix.Iovec{{Base: &name[0], Len: uint64(len(name))}},
		[]unix.RemoteIovec{{Base: address, Len: len(name)}}, 0) // it stops at the end of what is mapped
	text, _, _ := strings.Cut(string(name[:max(0, n)]), "\x00")
	if filepath.IsAbs(text) {
		return filepath.Clean(text)
	}
	return filepath.Join(t.opened(fd), text)
}

// kind is a system call that is counted.
type kind struct {
	name  string
	named bool // its file is given by a folder and a name, not by a descriptor
	only  func(*unix.PtraceRegs) bool
}

// changing are the calls that change files.
var changing = map[uint64]kind{
	unix.SYS_OPENAT:          {"openat", true, func(r *unix.PtraceRegs) bool { return r.Rdx&unix.O_CREAT != 0 }},
	unix.SYS_MKDIRAT:         {"mkdirat", true, nil},
	unix.SYS_RENAMEAT:        {"renameat", true, nil},
	unix.SYS_RENAMEAT2:       {"renameat2", true, nil},
	unix.SYS_UNLINKAT:        {"unlinkat", true, nil},
	unix.SYS_LINKAT:          {"linkat", true, nil},
	unix.SYS_FCHMODAT:        {"fchmodat", true, nil},
	unix.SYS_UTIMENSAT:       {"utimensat", true, nil},
	unix.SYS_WRITE:           {"write", false, nil},
	unix.SYS_PWRITE64:        {"pwrite", false, nil},
	unix.SYS_COPY_FILE_RANGE: {"copy_file_range", false, nil},
	unix.SYS_FSYNC:           {"fsync", false, nil},
	unix.SYS_FDATASYNC:       {"fdatasync", false, nil},
	unix.SYS_FTRUNCATE:       {"ftruncate", false, nil},
	unix.SYS_FCHMOD:          {"fchmod", false, nil},
	unix.SYS_IOCTL:           {"ioctl(FICLONE)", false, func(r *unix.PtraceRegs) bool { return r.Rsi == unix.FICLONE }},
}

// reading are the calls that read files.
var reading = map[uint64]kind{
	unix.SYS_OPENAT:     {"openat", true, func(r *unix.PtraceRegs) bool { return r.Rdx&unix.O_CREAT == 0 }},
	unix.SYS_READ:       {"read", false, nil},
	unix.SYS_PREAD64:    {"pread", false, nil},
	unix.SYS_GETDENTS64: {"getdents", false, nil},
	unix.SYS_NEWFSTATAT: {"fstatat", true, nil},
}
