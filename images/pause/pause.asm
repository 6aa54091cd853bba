; The process of a berth and of a pod's sandbox: sleeps until SIGTERM or SIGINT, then ends with 0. What others leave to it as the
; first process of a pid namespace is reaped.
; A whole ELF program, so that nothing but nasm is needed: nasm -f bin -o pause pause.asm

bits 64
org 0x400000

RT_SIGACTION    equ 13
RT_SIGPROCMASK  equ 14
EXIT            equ 60
RT_SIGTIMEDWAIT equ 128
SIGINT          equ 2
SIGTERM         equ 15
SIGCHLD         equ 17
SIG_IGN         equ 1
SIG_BLOCK       equ 0
SIGNALS_SIZE    equ 8

header:
    db 0x7f, "ELF", 2, 1, 1, 0          ; 64 bit, little endian, version 1, System V
    dq 0
    dw 2, 62                            ; executable, x86-64
    dd 1
    dq start
    dq load - header
    dq 0                                ; no sections
    dd 0
    dw load - header, 56, 1, 0, 0, 0

load:
    dd 1, 5                             ; to be loaded; readable, executable
    dq 0
    dq header
    dq header
    dq end - header
    dq end - header
    dq 0x1000

; Whoever ignores SIGCHLD, in so many words, has no zombies: the kernel reaps its children.
start:
    mov eax, RT_SIGACTION
    mov edi, SIGCHLD
    mov esi, ignore
    xor edx, edx
    mov r10d, SIGNALS_SIZE
    syscall

; The first process of a pid namespace is not ended by a signal that it has no handler for, so it waits for them.
    mov eax, RT_SIGPROCMASK
    mov edi, SIG_BLOCK
    mov esi, signals
    xor edx, edx
    mov r10d, SIGNALS_SIZE
    syscall
wait_for_signal:
    mov eax, RT_SIGTIMEDWAIT
    mov edi, signals
    xor esi, esi
    xor edx, edx
    mov r10d, SIGNALS_SIZE
    syscall
    test eax, eax
    js wait_for_signal                  ; interrupted, as by a debugger
    mov eax, EXIT
    xor edi, edi
    syscall

signals:
    dq (1 << (SIGTERM - 1)) | (1 << (SIGINT - 1))
ignore:                                 ; the kernel's sigaction: handler, flags, restorer, mask
    dq SIG_IGN, 0, 0, 0
end:
