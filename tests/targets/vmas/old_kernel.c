/*
 * The types of a kernel before 6.1, as far as engine linked-list reads them, with the fields in an order of our own. Compiled with BTF it
 * stands for that kernel's BTF when the engine's relocations are tested; linked_list.bpf.c has the structs that it then walks.
 */
struct vfsmount {
	int mnt_flags;
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct path {
	struct dentry *dentry;
	struct vfsmount *mnt;
};

struct super_block {
	unsigned long s_magic;
	unsigned int s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned int i_generation;
	unsigned long i_ino;
};

struct qstr {
	unsigned long hash_len;
	const unsigned char *name;
};

struct dentry_operations {
	char *(*d_dname)(struct dentry *, char *, int);
};

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct dentry {
	struct qstr d_name;
	struct dentry *d_parent;
	struct inode *d_inode;
	struct hlist_bl_node d_hash;
	const struct dentry_operations *d_op;
	struct super_block *d_sb;
	void *d_fsdata;
};

struct mount {
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mount *mnt_parent;
};

struct file {
	unsigned int f_mode;
	struct path f_path;
	struct inode *f_inode;
};

struct dma_buf {
	const char *name;
};

struct vm_operations_struct {
	const char *(*name)(struct vm_area_struct *);
};

struct vm_special_mapping {
	const char *name;
};

struct mm_struct {
	unsigned long start_stack;
	unsigned long something[3];
	struct vm_area_struct *mmap;
	unsigned long brk;
	unsigned long start_brk;
};

struct vm_area_struct {
	unsigned long vm_pgoff;
	struct vm_area_struct *vm_next;
	unsigned long vm_end;
	unsigned long vm_start;
	void *vm_private_data;
	unsigned long vm_flags;
	struct file *vm_file;
	const struct vm_operations_struct *vm_ops;
	struct mm_struct *vm_mm;
};

struct fs_struct {
	struct path pwd, root;
};

struct task_struct {
	struct fs_struct *fs;
	struct mm_struct *mm;
};

struct task_struct task;
struct mount mounts;
struct vm_special_mapping special;
struct dma_buf buffer;
struct vm_area_struct vma;
struct mm_struct mm;
struct file file;
struct inode inode;
struct super_block super;
struct dentry entry;
struct vm_operations_struct operations;
struct dentry_operations entry_operations;
struct fs_struct fs;
struct vfsmount mounted;
