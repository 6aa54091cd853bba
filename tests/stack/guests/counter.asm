; A guest that is one boot sector: up in a fraction of a second, without an operating system.
; It counts its boots and seconds on its own disk and tells them on the first serial port:
;
;   BERTH-BOOT <boots>      once, when it starts
;   TICK <ticks>            each second; ticks go on counting over boots
;   BERTH-OFF               before it powers itself off
;
; On the disk: sector 1 holds "BERTHCNT", boots and ticks (two little-endian 32-bit numbers); each tick is also appended
; to the sectors from 2 on (ticks, boots), which are used again from the start when they are full.
;
; Built with nasm; -DIGNORE_BUTTON leaves the ACPI power button unheard, -DOFF_AFTER=n powers off n ticks after each boot.

bits 16
org 0x7c00

COM1        equ 0x3f8
PM_STATUS   equ 0x600                   ; ACPI PM1a block where SeaBIOS puts it, on machines q35 and pc
PM_ENABLE   equ 0x602
PM_CONTROL  equ 0x604
BUTTON      equ 0x0100
SOFT_OFF    equ 0x2000
BIOS_CLOCK  equ 0x046c                  ; ticks of 1/18.2 s
LOG_SECTORS equ 2046                    ; the rest of 1 MiB
STATE       equ 0x8000                  ; sector 1 in memory
RECORD      equ 0x8200                  ; a sector of the log

start:
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, start
    sti
    cld
    mov [drive], dl

%ifndef IGNORE_BUTTON
    mov dx, PM_ENABLE                   ; the button is only noted where it is enabled
    mov ax, BUTTON
    out dx, ax
%endif

    mov ah, 0x42
    mov si, state_packet
    call disk
    cmp dword [STATE], 'BERT'
    je known
    mov di, STATE
    mov cx, 256
    xor ax, ax
    rep stosw
    mov dword [STATE], 'BERT'
    mov dword [STATE + 4], 'HCNT'
known:
    inc dword [STATE + 8]
    call save
    mov si, boot_text
    mov eax, [STATE + 8]
    call say
    mov ebx, [BIOS_CLOCK]

idle:
    hlt
%ifndef IGNORE_BUTTON
    mov dx, PM_STATUS
    in ax, dx
    inc ax                              ; 0xffff: there is no ACPI
    jz no_button
    dec ax
    test ax, BUTTON
    jnz off
no_button:
%endif
    mov eax, [BIOS_CLOCK]
    sub eax, ebx
    cmp eax, 18
    jb idle
    mov ebx, [BIOS_CLOCK]

    inc dword [STATE + 12]
    call save
    mov eax, [STATE + 12]
    mov [RECORD], eax
    mov edx, [STATE + 8]
    mov [RECORD + 4], edx
    dec eax
    xor edx, edx
    mov ecx, LOG_SECTORS
    div ecx
    add edx, 2
    mov [log_sector], edx
    mov ah, 0x43
    mov si, log_packet
    call disk
    mov si, tick_text
    mov eax, [STATE + 12]
    call say
%ifdef OFF_AFTER
    dec byte [remaining]
    jz off
%endif
    jmp idle

off:
    mov si, off_text
    call print
    mov dx, PM_CONTROL
    mov ax, SOFT_OFF
    out dx, ax
halt:
    hlt
    jmp halt

save:
    mov ah, 0x43
    mov si, state_packet
disk:                                   ; ah: 0x42 reads, 0x43 writes; si: the packet
    mov al, 0
    mov dl, [drive]
    int 0x13
    ret

say:                                    ; si: text, eax: number; ends the line
    push eax
    call print
    pop eax
    mov di, digits_end
    mov ecx, 10
.next:
    xor edx, edx
    div ecx
    add dl, '0'
    dec di
    mov [di], dl
    test eax, eax
    jnz .next
    mov si, di
print:                                  ; si: text that ends with 0
    lodsb
    test al, al
    jz .done
    mov ah, al
    mov dx, COM1 + 5
.busy:
    in al, dx
    test al, 0x20
    jz .busy
    mov dx, COM1
    mov al, ah
    out dx, al
    jmp print
.done:
    ret

boot_text   db 'BERTH-BOOT ', 0
tick_text   db 'TICK ', 0
off_text    db 'BERTH-OFF', 13, 10, 0
digits      times 10 db '0'
digits_end  db 13, 10, 0
drive       db 0
%ifdef OFF_AFTER
remaining   db OFF_AFTER
%endif

align 4
state_packet:
    dw 16, 1, STATE, 0
    dd 1, 0
log_packet:
    dw 16, 1, RECORD, 0
log_sector:
    dd 2, 0

times 510 - ($ - $$) db 0
dw 0xaa55
times 1024 * 1024 - 512 db 0
