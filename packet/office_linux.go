package packet

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// runApart runs a command in namespaces of its own (user_namespaces(7)): it has no network but its own empty one, and all
// that it starts ends with it, also when we are killed. Where the system does not allow that it runs as any other.
func runApart(command func() *exec.Cmd) error {
	runtime.LockOSThread() // a parent is a thread, as far as Pdeathsig knows (prctl(2))
	defer runtime.UnlockOSThread()
	c := command()
	c.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC
	c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
	c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
	err := c.Start()
	if err == nil {
		return c.Wait()
	}
	if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EACCES) && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	c = command()
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
	return c.Run()
}
