/* SPDX-License-Identifier: MIT */
/* MSRs, by Linux's names: SDM vol. 4, table 2-2; AMD APM vol. 2, appendix A. */
#ifndef ASM_MSR_INDEX_H
#define ASM_MSR_INDEX_H

#define MSR_IA32_APICBASE     0x01b
#define MSR_IA32_SYSENTER_CS  0x174
#define MSR_IA32_SYSENTER_ESP 0x175
#define MSR_IA32_SYSENTER_EIP 0x176
#define MSR_IA32_MCG_CAP      0x179
#define MSR_IA32_MCG_STATUS   0x17a
#define MSR_IA32_CR_PAT	      0x277
#define MSR_IA32_MC0_CTL      0x400 /* four MSRs a bank */
#define MSR_IA32_MC0_STATUS   0x401
#define MSR_IA32_TSC_DEADLINE 0x6e0
#define MSR_EFER	      0xc0000080
#define MSR_STAR	      0xc0000081 /* selectors of syscall and sysret */
#define MSR_LSTAR	      0xc0000082 /* where syscall goes */
#define MSR_SYSCALL_MASK      0xc0000084 /* flags that syscall clears */
#define MSR_FS_BASE	      0xc0000100
#define MSR_GS_BASE	      0xc0000101
#define MSR_KERNEL_GS_BASE    0xc0000102

#endif
