/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Configuration space of a function: where registers are and what is in them (PCIe 7.5, 7.7, 7.8,
 * 9.3, 10.5). */
#ifndef PCIE_PCI_REGS_H
#define PCIE_PCI_REGS_H

/* 7.5.1 */
enum {
    PCI_VENDOR_ID = 0x00,
    PCI_DEVICE_ID = 0x02,
    PCI_COMMAND = 0x04,
    PCI_COMMAND_MEMORY = 1 << 1,
    PCI_COMMAND_MASTER = 1 << 2,
    PCI_STATUS = 0x06,
    PCI_STATUS_CAPABILITIES = 1 << 4,
    PCI_CLASS = 0x08,
    PCI_HEADER_TYPE = 0x0e,
    PCI_HEADER_BRIDGE = 0x01,
    PCI_BAR = 0x10,
    PCI_BAR_64_BIT = 0x4,
    PCI_BARS = 6,
    PCI_CAPABILITIES = 0x34,
    PCI_EXTENDED = 0x100,
};

/* 7.5.1.3 */
enum {
    PCI_PRIMARY_BUS = 0x18,
    PCI_SECONDARY_BUS = 0x19,
    PCI_SUBORDINATE_BUS = 0x1a,
};

/* 7.5.3 */
enum {
    PCI_CAP_EXPRESS = 0x10,
    EXPRESS_CAPABILITIES = 2,
    EXPRESS_VERSION = 2,
    EXPRESS_TYPE_SHIFT = 4,
    EXPRESS_DEVICE_CAP = 4,
    EXPRESS_DEVICE_CAP_FLR = 1 << 28,
    EXPRESS_DEVICE_CTL = 8,
    EXPRESS_DEVICE_CTL_FLR = 1 << 15,
    EXPRESS_SIZE = 0x3c,
};

/* 7.7.1 */
enum {
    PCI_CAP_MSI = 0x05,
    MSI_CONTROL = 2,
    MSI_ENABLE = 1 << 0,
    MSI_CAPABLE_SHIFT = 1,
    MSI_ENABLED_SHIFT = 4,
    MSI_ENABLED_MASK = 7 << 4,
    MSI_64 = 1 << 7,
    MSI_MASKING = 1 << 8,
    MSI_ADDRESS = 4,
};

/* 7.7.2 */
enum {
    PCI_CAP_MSIX = 0x11,
    MSIX_CONTROL = 2,
    MSIX_MASK_ALL = 1 << 14,
    MSIX_ENABLE = 1 << 15,
    MSIX_TABLE = 4,
    MSIX_PBA = 8,
    MSIX_SIZE = 12,
    MSIX_ENTRY = 16,
    MSIX_ENTRY_CONTROL = 12,
    MSIX_ENTRY_MASKED = 1 << 0,
    MSIX_BAR = 4,
    MSIX_BAR_SIZE = 0x10000,
    MSIX_PBA_OFFSET = 0x8000,
};

/* 7.6.3: header of an extended capability */
enum { EXT_VERSION_SHIFT = 16, EXT_NEXT_SHIFT = 20 };

/* 7.7.8 */
enum {
    EXT_CAP_ACS = 0x000d,
    ACS_CAPABILITY = 4,
    ACS_CONTROL = 6,
    ACS_SOURCE_VALIDATION = 1 << 0,
    ACS_TRANSLATION_BLOCKING = 1 << 1,
    ACS_REQUEST_REDIRECT = 1 << 2,
    ACS_COMPLETION_REDIRECT = 1 << 3,
    ACS_UPSTREAM_FORWARDING = 1 << 4,
    ACS_EGRESS_CONTROL = 1 << 5,
    ACS_DIRECT_TRANSLATED = 1 << 6,
    ACS_SIZE = 8,
};

/* 7.8.7 */
enum { EXT_CAP_ARI = 0x000e, ARI_SIZE = 8 };

/* 10.5.1 */
enum {
    EXT_CAP_ATS = 0x000f,
    ATS_CAPABILITY = 4,
    ATS_PAGE_ALIGNED = 1 << 5,
    ATS_GLOBAL_INVALIDATE = 1 << 6,
    ATS_CONTROL = 6,
    ATS_STU = 0x1f,
    ATS_ENABLE = 1 << 15,
    ATS_SIZE = 8,
};

/* 9.3.3 */
enum {
    EXT_CAP_SRIOV = 0x0010,
    SRIOV_CONTROL = 0x08,
    SRIOV_CONTROL_ENABLE = 1 << 0,
    SRIOV_CONTROL_MEMORY = 1 << 3,
    SRIOV_INITIAL_VFS = 0x0c,
    SRIOV_TOTAL_VFS = 0x0e,
    SRIOV_NUM_VFS = 0x10,
    SRIOV_VF_OFFSET = 0x14,
    SRIOV_VF_STRIDE = 0x16,
    SRIOV_SIZE = 0x40,
};

/* 10.5.2 */
enum {
    EXT_CAP_PRI = 0x0013,
    PRI_CONTROL = 4,
    PRI_ENABLE = 1 << 0,
    PRI_RESET = 1 << 1,
    PRI_STATUS = 6,
    PRI_RESPONSE_FAILURE = 1 << 0,
    PRI_UNEXPECTED_GROUP = 1 << 1,
    PRI_STOPPED = 1 << 8,
    PRI_PASID_REQUIRED = 1 << 15,
    PRI_CAPACITY = 8,
    PRI_ALLOCATION = 0xc,
    PRI_SIZE = 0x10,
};

/* 7.8.9 */
enum {
    EXT_CAP_PASID = 0x001b,
    PASID_CAPABILITY = 4,
    PASID_EXECUTE = 1 << 1,
    PASID_PRIVILEGED = 1 << 2,
    PASID_WIDTH_SHIFT = 8,
    PASID_CONTROL = 6,
    PASID_ENABLE = 1 << 0,
    PASID_SIZE = 8,
};

#endif
